import type { Redis } from 'ioredis';
import {
  createInternalClient,
  createRedis,
  exposeRedis,
  watchDatabaseClock,
  type DatabaseClock,
  type InternalClient,
  type Logger,
  type ServiceTools,
} from '@turnpike/service-kit';
import type { Config } from './config.ts';
import { openDatabase, type Database } from './database.ts';
import { openStore } from './records/stores/open-store.ts';
import type { UsageStore } from './records/usage-store.ts';

/** Everything that routes and jobs work with. */
export interface Context {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly store: UsageStore;
  /** Waits in Redis for batches of records. */
  readonly waitingRedis: Redis;
  readonly auth: InternalClient;
  readonly credits: InternalClient;
  readonly users: InternalClient;
  close(): Promise<void>;
}

/** Opens what the service works with. Connections are made on demand; nothing is read from the stream before the jobs are started. */
export function createContext(config: Config, { logger, metrics }: ServiceTools): Context {
  const [serviceKey] = config.SERVICE_API_KEY;
  const database = openDatabase(config, metrics);
  const clock = watchDatabaseClock(database.query, metrics);
  const store = openStore(config, database);
  const waitingRedis = createRedis(config.REDIS_URL, logger, { blocking: true });
  exposeRedis(waitingRedis, metrics, { timed: false });
  const clientOf = (service: string, baseUrl: string): InternalClient =>
    createInternalClient({ service, baseUrl, serviceKey });
  const auth = clientOf('auth', config.AUTH_URL);
  const credits = clientOf('credits', config.CREDITS_URL);
  const users = clientOf('users', config.USERS_URL);
  return {
    config,
    logger,
    database,
    clock,
    store,
    waitingRedis,
    auth,
    credits,
    users,
    async close() {
      await Promise.all([auth.close(), credits.close(), users.close()]);
      waitingRedis.disconnect();
      clock.close();
      await store.close();
      await database.close();
    },
  };
}
