import {
  createInternalClient,
  createOutboxRelay,
  createRedis,
  exposeRedis,
  watchDatabaseClock,
  type DatabaseClock,
  type InternalClient,
  type Logger,
  type OutboxRelay,
  type PollLoop,
  type ServiceTools,
} from '@turnpike/service-kit';
import { createBackends } from './backends/backends.ts';
import type { Config } from './config.ts';
import { announceChanges } from './configuration/announcements.ts';
import type { Bootstrap } from './configuration/domain/chain.ts';
import { Vault } from './configuration/domain/secrets.ts';
import { bootstrapOf } from './configuration/settings.ts';
import { openDatabase, type Database } from './database.ts';
import { createEraser } from './erasure/erasers.ts';
import { eraseUserKeys } from './erasure/stores/redis-erasure.ts';
import { createErasureWorker, type ErasureWorker } from './erasure/worker.ts';
import { createExportSources, type ExportSources } from './export/export-sources.ts';
import { createSignUpClient } from './users/credit-account.ts';

/** How long a service may take to count, in milliseconds. */
const FIGURES_TIMEOUT_MS = 2_000;

/** Everything that routes and jobs work with. */
export interface Context {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly relay: Pick<OutboxRelay, 'kick'>;
  readonly vault: Vault;
  readonly managedPlace: Config['managedPlace'];
  /** What is in force of the configuration before anybody sets anything. */
  readonly bootstrap: Bootstrap;
  /** Puts committed changes of the configuration on their stream. */
  readonly configAnnouncements: Pick<PollLoop, 'kick'>;
  /** Auth, for what it alone knows of users, and for disabling them. */
  readonly auth: InternalClient;
  /** Usage, for whose a request was. */
  readonly usage: InternalClient;
  /** Credits, for the entries of an organisation. */
  readonly entries: InternalClient;
  /** Credits, with a short deadline, for opening a new user's account. */
  readonly credits: InternalClient;
  /** The services that statistics come from; each is asked once, with the deadline of such an answer. */
  readonly figures: Readonly<Record<'auth' | 'credits' | 'usage', InternalClient>>;
  readonly exportSources: ExportSources;
  readonly erasures: ErasureWorker;
  close(): Promise<void>;
}

/** Opens what the service works with. Connections are made on demand; nothing is erased before the worker is started. */
export function createContext(config: Config, { logger, metrics }: ServiceTools): Context {
  const [serviceKey] = config.SERVICE_API_KEY;
  const stepTimeoutMs = config.ERASURE_STEP_TIMEOUT_MS;
  const database = openDatabase(config, metrics);
  const clock = watchDatabaseClock(database.query, metrics);
  const redis = createRedis(config.REDIS_URL, logger);
  exposeRedis(redis, metrics);
  const relay = createOutboxRelay({ database: database.sql, redisUrl: config.REDIS_URL, logger, metrics });
  const credits = createSignUpClient(config.CREDITS_URL, serviceKey);
  const auth = createInternalClient({ service: 'auth', baseUrl: config.AUTH_URL, serviceKey });
  const usage = createInternalClient({ service: 'usage', baseUrl: config.USAGE_URL, serviceKey });
  const entries = createInternalClient({ service: 'credits', baseUrl: config.CREDITS_URL, serviceKey });
  const eraserOf = (service: string, baseUrl: string) =>
    createInternalClient({ service, baseUrl, serviceKey, timeoutMs: stepTimeoutMs, attemptsMax: 1 });
  const erasers = {
    auth: eraserOf('auth', config.AUTH_URL),
    credits: eraserOf('credits', config.CREDITS_URL),
    usage: eraserOf('usage', config.USAGE_URL),
    llm: eraserOf('llm', config.LLM_URL),
  };
  const figuresOf = (service: string, baseUrl: string) =>
    createInternalClient({ service, baseUrl, serviceKey, timeoutMs: FIGURES_TIMEOUT_MS, attemptsMax: 1 });
  const figures = {
    auth: figuresOf('auth', config.AUTH_URL),
    credits: figuresOf('credits', config.CREDITS_URL),
    usage: figuresOf('usage', config.USAGE_URL),
  };
  const configAnnouncements = announceChanges(database, redis, logger);
  const backends = createBackends(config.erasureWebhooks);
  const exportSources = createExportSources({
    authUrl: config.AUTH_URL,
    creditsUrl: config.CREDITS_URL,
    usageUrl: config.USAGE_URL,
    llmUrl: config.LLM_URL,
    serviceKey,
    backends,
    lists: config.exportSources,
  });
  const eraseFromRedis = (userId: string, signal: AbortSignal) => eraseUserKeys(redis, userId, signal);
  const erase = createEraser({ ...erasers, backends, eraseFromRedis });
  return {
    config,
    logger,
    database,
    clock,
    relay,
    vault: new Vault(config.encryptionKeys),
    managedPlace: config.managedPlace,
    bootstrap: bootstrapOf(config.CONFIG_DEFAULTS),
    configAnnouncements,
    auth,
    usage,
    entries,
    credits,
    figures,
    exportSources,
    erasures: createErasureWorker({ database, erase, stepTimeoutMs, logger, metrics }),
    async close() {
      await Promise.all([relay.close(), configAnnouncements.close()]);
      const own = [...Object.values(erasers), ...Object.values(figures)];
      const clients = [auth, usage, entries, credits, ...own, backends, exportSources];
      await Promise.all(clients.map((client) => client.close()));
      redis.disconnect();
      clock.close();
      await database.close();
    },
  };
}
