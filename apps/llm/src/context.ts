import { randomUUID } from 'node:crypto';
import { InternalHttp, Ledger, Settlements, type HoldTools, NOTE_TIMEOUT_MS } from '@turnpike/ledger-client';
import {
  createInternalClient,
  createOrganisationConfig,
  createQueueConnection,
  createRedis,
  exposeRedis,
  RecordQueue,
  type ReadinessChecks,
  type ServiceTools,
} from '@turnpike/service-kit';
import type { FollowTools } from './batches/follow-batches.ts';
import { openBatches } from './batches/open-batches.ts';
import { CALL_KEYS, createCallOptions } from './calls/call-options.ts';
import type { CallRecord } from './calls/call.ts';
import type { ProxyTools } from './calls/proxy.ts';
import type { Config } from './config.ts';
import { createCredentials, CREDENTIAL_KEYS } from './credentials/credentials.ts';
import { openDatabase, type Database } from './database.ts';
import { KeptObjects } from './kept/kept-objects.ts';
import { SpendLimits } from './limits/spend-limits.ts';
import { TokenLimits } from './limits/token-limits.ts';
import { createLlmMetrics } from './metrics.ts';
import { openPolicies } from './policies/open-policies.ts';
import { PriceList } from './prices/price-list.ts';
import { completionOf } from './records/completion.ts';
import { Completions } from './records/completions.ts';
import { Vendors } from './upstream/vendors.ts';
import { LogIds } from './violations/log-ids.ts';

/** What the service works with. */
export interface Context {
  readonly config: Config;
  readonly database: Database;
  readonly credits: InternalHttp;
  readonly tools: Omit<ProxyTools, 'keys'>;
  /** What batches are followed with. */
  readonly batchTools: FollowTools;
  /** Told of what becomes of deletions at vendors. */
  readonly onDeletion: (outcome: string) => void;
  readonly onDeletionLag: (seconds: number) => void;
  readonly readiness: ReadinessChecks;
  readonly logIds: LogIds;
  close(): Promise<void>;
}

/** Connections kept to credits. */
const CREDITS_CONNECTIONS_MAX = 128;
/** How long the last calls may take to be charged when the service stops, in milliseconds. */
const CLOSING_MS_MAX = 3_000;
const CHECK_INTERVAL_MS = 20;

/** Opens what the service works with. Connections are made on demand. */
export function createContext(config: Config, { logger, metrics }: ServiceTools): Context {
  const counts = createLlmMetrics(metrics);
  const database = openDatabase(config, metrics);
  const credits = new InternalHttp({
    service: 'credits',
    origin: config.CREDITS_URL,
    serviceKey: config.SERVICE_API_KEY[0],
    timeoutMs: config.CREDITS_TIMEOUT_MS,
    connectionsMax: CREDITS_CONNECTIONS_MAX,
  });
  const users = createInternalClient({
    service: 'users',
    baseUrl: config.USERS_URL,
    serviceKey: config.SERVICE_API_KEY[0],
  });
  const usage = createInternalClient({
    service: 'usage',
    baseUrl: config.USAGE_URL,
    serviceKey: config.SERVICE_API_KEY[0],
  });
  const configuration = createOrganisationConfig({
    users,
    keys: CREDENTIAL_KEYS,
    redisUrl: config.REDIS_URL,
    logger,
  });
  // Read apart: users of an earlier release knows none of these keys, and refuses to tell the others with them.
  const callConfiguration = createOrganisationConfig({ users, keys: CALL_KEYS, redisUrl: config.REDIS_URL, logger });
  const store = createRedis(config.REDIS_URL, logger);
  exposeRedis(store, metrics);
  const patientStore = createQueueConnection(config.REDIS_URL, logger);
  const ledger = new Ledger(credits);
  const settlements = new Settlements({
    service: 'llm',
    ledger,
    store,
    patientStore,
    logger,
    noteAfterMs: config.SETTLE_WAIT_MS,
    onOutcome: (outcome) => counts.settlements.inc({ outcome }),
  });
  // Its own connection: batches are large, and must not stand before a settlement.
  const recordStore = createRedis(config.REDIS_URL, logger);
  const completions = new Completions(
    new RecordQueue({
      store: recordStore,
      producer: randomUUID(),
      streamBytesMax: config.USAGE_STREAM_BYTES_MAX,
      onDropped: (records) => counts.recordsDropped.inc(records),
    }),
  );
  const holds: HoldTools = {
    ledger,
    settlements,
    ttlSeconds: config.HOLD_TTL_SECONDS,
    logger,
    onOpen: () => {},
    onResolve: () => {},
  };
  const vendors = new Vendors({
    timeoutMs: config.LLM_UPSTREAM_TIMEOUT_MS,
    connectionsMax: config.LLM_CONNECTIONS_MAX,
    nowMs: () => performance.now(),
  });
  const policies = openPolicies(config, { database, store, patientStore }, counts, logger);
  let draining = 0;
  const live: ProxyTools['live'] = new Set();
  counts.register({
    live: () => live.size,
    drains: () => draining,
    openBreakers: () => vendors.openBreakers,
    keptSettlements: () => settlements.kept,
  });
  const shared = {
    holds,
    vendors,
    logger,
    spendLimits: new SpendLimits({ database, checkSeconds: 2 * config.HOLD_TTL_SECONDS, logger }),
    prices: new PriceList(config.priceFiles),
    tariffs: {
      shared: { nanoUsdPerCredit: config.nanoUsdPerCredit, percent: BigInt(100 + config.LLM_MARGIN_PERCENT) },
      own: { nanoUsdPerCredit: config.nanoUsdPerCredit, percent: BigInt(config.LLM_MARGIN_PERCENT) },
    },
    onUnpriced: () => counts.unpriced.inc(),
    credentials: createCredentials(config, configuration),
    extraPaths: config.LLM_EXTRA_PATHS,
    callOptions: createCallOptions(callConfiguration, logger),
    kept: new KeptObjects({ database, logger }),
    record(record: CallRecord) {
      if (record.sent) counts.record(record);
      if (config.USAGE_RECORDS === 'on') completions.add(completionOf(record));
    },
    ...policies.tools,
  };
  const { batches, background, follow } = openBatches(config, { ...shared, database }, recordStore, counts);
  return {
    config,
    database,
    credits,
    batchTools: follow,
    logIds: new LogIds({ usage, logger }),
    onDeletion: (outcome) => counts.deletions.inc({ outcome }),
    onDeletionLag: (seconds) => counts.deletionLag.set(seconds),
    tools: {
      ...shared,
      batches,
      background,
      tokenLimits: new TokenLimits({ store, logger, onUncounted: () => counts.uncounted.inc() }),
      live,
      settleWaitMs: config.SETTLE_WAIT_MS + NOTE_TIMEOUT_MS,
      onSettled: (source, _cost, over) => counts.settled(source, over),
      heartbeatMs: config.LLM_HEARTBEAT_MS,
      heldBytesMax: config.LLM_HELD_BYTES_MAX,
      drainTimeoutMs: config.LLM_DRAIN_TIMEOUT_MS,
      drains: {
        enter(disconnect) {
          if ((disconnect ?? config.LLM_DISCONNECT) === 'cancel' || draining >= config.LLM_DRAINS_MAX) return false;
          draining += 1;
          return true;
        },
        leave() {
          draining -= 1;
        },
      },
    },
    readiness: { required: { database: () => database.query('SELECT 1'), credits: () => checkReady(credits) } },
    async close() {
      for (const call of live) call.abandon();
      for (let waitedMs = 0; live.size > 0 && waitedMs < CLOSING_MS_MAX; waitedMs += CHECK_INTERVAL_MS)
        await new Promise((resolve) => void setTimeout(resolve, CHECK_INTERVAL_MS));
      await Promise.all([settlements.close(), completions.close(), policies.close()]);
      await Promise.all([configuration.close(), callConfiguration.close()]);
      await Promise.all([credits.close(), users.close(), usage.close(), vendors.close(), database.close()]);
      recordStore.disconnect();
      store.disconnect();
      patientStore.disconnect();
    },
  };
}

/** Rejects where credits cannot hold or charge: that it runs says nothing of its database. */
async function checkReady(credits: InternalHttp): Promise<void> {
  const { status } = await credits.call('/health/ready', undefined, { requestId: 'readiness' });
  if (status !== 200) throw new Error(`the readiness of credits answered ${status}`);
}
