import {
  createInternalClient,
  watchDatabaseClock,
  type DatabaseClock,
  type InternalClient,
  type Logger,
  type ServiceTools,
} from '@turnpike/service-kit';
import type { AppleTools } from './billing/apple/purchases.ts';
import { createAppleTools } from './billing/apple/tools.ts';
import type { StripeTools } from './billing/stripe/events.ts';
import { createStripeTools } from './billing/stripe/tools.ts';
import type { Config, WorkerConfig } from './config.ts';
import { exposeLedgerState, observeBatches } from './jobs/ledger-metrics.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import { createVerifier, type Verifier } from './ledger/verifier.ts';
import { createAccountStore, type AccountStore } from './stores/account-store.ts';
import { createAllowanceStore, type AllowanceStore } from './stores/allowance-store.ts';
import { createClosingStore, type ClosingStore } from './stores/closing-store.ts';
import { openDatabase, type Database } from './stores/database.ts';
import { createExportStore, type ExportStore } from './stores/export-store.ts';
import { createInspectionStore, type InspectionStore } from './stores/inspection-store.ts';
import { createLedgerStore } from './stores/ledger-store.ts';
import { createMaintenanceStore, type MaintenanceStore } from './stores/maintenance-store.ts';
import { createOperatingStore, type OperatingStore } from './stores/operating-store.ts';
import { createPriceStore, type PriceStore } from './stores/price-store.ts';

/** What the jobs work with. */
export interface WorkerContext {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly prices: PriceStore;
  readonly allowances: AllowanceStore;
  readonly closing: ClosingStore;
  readonly exports: ExportStore;
  readonly inspection: InspectionStore;
  readonly maintenance: MaintenanceStore;
  /** `undefined` without a key of Stripe. */
  readonly stripe: StripeTools | undefined;
  /** Who relays the outbox here, if somebody does; others find what is in it within half a second. */
  readonly outbox: { kick: () => void };
  close(): Promise<void>;
}

/** What the routes work with, besides. */
export interface Context extends WorkerContext {
  readonly config: Config;
  readonly auth: InternalClient;
  readonly users: InternalClient;
  /** `undefined` where no app of the App Store is named. */
  readonly apple: AppleTools | undefined;
  readonly operating: OperatingStore;
  readonly verifier: Verifier;
  /** Has what was written for other services sent at once. */
  told(): void;
}

/** Builds everything from the configuration. Connections are made on demand. */
export function createContext(config: Config, tools: ServiceTools): Context {
  const context = createWorkerContext(config, tools);
  const clientOf = (service: string, baseUrl: string): InternalClient =>
    createInternalClient({ service, baseUrl, serviceKey: config.SERVICE_API_KEY[0] });
  const auth = clientOf('auth', config.AUTH_URL);
  const users = clientOf('users', config.USERS_URL);
  const verifier = createVerifier(config, tools.logger);
  return {
    ...context,
    config,
    auth,
    users,
    apple: createAppleTools({ config, database: context.database, logger: tools.logger }, tools.metrics),
    operating: createOperatingStore(context.database),
    verifier,
    told: () => context.outbox.kick(),
    async close() {
      await verifier.close();
      await Promise.all([auth.close(), users.close()]);
      await context.close();
    },
  };
}

/** The same for a worker. */
export function createWorkerContext(config: WorkerConfig, { logger, metrics }: ServiceTools): WorkerContext {
  const database = openDatabase(config, metrics);
  const maintenance = createMaintenanceStore(database);
  const clock = watchDatabaseClock(database.query, metrics);
  exposeLedgerState(maintenance, metrics, logger);
  return {
    config,
    logger,
    database,
    clock,
    ledger: createLedger({
      store: createLedgerStore(database),
      observer: observeBatches(metrics),
      statementsMax: config.LEDGER_STATEMENTS_MAX,
      batchMax: config.LEDGER_BATCH_MAX,
      pendingMax: config.LEDGER_PENDING_MAX,
      waitMsMax: config.LEDGER_WAIT_MS_MAX,
    }),
    accounts: createAccountStore(database),
    prices: createPriceStore(database),
    allowances: createAllowanceStore(database),
    closing: createClosingStore(database),
    exports: createExportStore(database),
    inspection: createInspectionStore(database),
    maintenance,
    stripe: createStripeTools({ config, database, logger }, metrics),
    outbox: { kick: () => {} },
    async close() {
      clock.close();
      await database.close();
    },
  };
}

/** Takes over the price list and the plans of the configuration. Any number of instances may do so at once. */
export async function takeOverLists({ config, prices, allowances }: Context): Promise<void> {
  await prices.load(config.prices);
  await allowances.load(config.plans);
}
