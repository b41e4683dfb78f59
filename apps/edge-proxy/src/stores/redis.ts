import { Cluster, type Redis } from 'ioredis';
import { createQueueConnection, createRedis, SILENCE_MS_MAX, watchCommands, type Logger } from '@turnpike/service-kit';

/** One Redis or a Redis Cluster; the edge's keys carry hash tags, so both serve it alike. */
export type Store = Redis | Cluster;

export interface StoreOptions {
  readonly url: string;
  readonly cluster: boolean;
  readonly logger: Logger;
}

/** The connections of one edge. */
export interface Stores {
  /** For decisions that cannot wait: fails at once while Redis is down. */
  readonly store: Store;
  /** For queues: waits while Redis is down. */
  readonly patientStore: Store;
  /** Waits inside Redis for news. */
  readonly waitingStore: Store;
  /** For request records, which are large and must not stand before anybody's decision: fails at once while Redis is down. */
  readonly recordStore: Store;
  readonly disconnect: () => void;
}

/** Longest pause between attempts to reconnect, in milliseconds. */
const RECONNECT_MS_MAX = 500;
/** How long a command may take before it fails, in milliseconds. */
const COMMAND_TIMEOUT_MS = 2_000;

/** Opens the three, in the background. */
export function openStores(options: StoreOptions): Stores {
  const store = openStore(options);
  const patientStore = openPatientStore(options);
  const waitingStore = openWaitingStore(options);
  const recordStore = openStore(options);
  return {
    store,
    patientStore,
    waitingStore,
    recordStore,
    disconnect() {
      for (const each of [store, patientStore, waitingStore, recordStore]) each.disconnect();
    },
  };
}

/** A connection for decisions that cannot wait: commands fail at once while the store is down. */
function openStore({ url, cluster, logger }: StoreOptions): Store {
  if (!cluster) return createRedis(url, logger);
  const store = new Cluster([url], {
    enableOfflineQueue: false,
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_MS_MAX),
    slotsRefreshTimeout: 2_000,
    redisOptions: {
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: SILENCE_MS_MAX,
      maxRetriesPerRequest: 0,
    },
  });
  quiet(store, logger);
  watchCommands(store);
  return store;
}

/** A connection that waits inside the store for news. Like `openStore`, it fails at once when the store goes down, so the loss is noticed. */
function openWaitingStore({ url, cluster, logger }: StoreOptions): Store {
  if (!cluster) return createRedis(url, logger, { blocking: true });
  const store = new Cluster([url], {
    enableOfflineQueue: false,
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_MS_MAX),
    redisOptions: { connectTimeout: COMMAND_TIMEOUT_MS, socketTimeout: SILENCE_MS_MAX, maxRetriesPerRequest: 0 },
  });
  quiet(store, logger);
  return store;
}

/** A connection for what may wait: queues. Commands wait until the store is back. */
function openPatientStore({ url, cluster, logger }: StoreOptions): Store {
  if (!cluster) return createQueueConnection(url, logger);
  const store = new Cluster([url], {
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_MS_MAX),
    redisOptions: { maxRetriesPerRequest: null },
  });
  quiet(store, logger);
  return store;
}

/** Logs the start and the end of an outage; without a listener an error event would end the process. */
function quiet(store: Cluster, logger: Logger): void {
  let down = false;
  store.on('error', (error: Error) => {
    if (!down) logger.warn({ err: error }, 'redis cluster connection lost');
    down = true;
  });
  store.on('ready', () => {
    if (down) logger.info('redis cluster connection restored');
    down = false;
  });
}
