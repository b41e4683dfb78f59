import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import {
  freePort,
  startPostgres as launchPostgres,
  startRedis as launchRedis,
  type PostgresBinaries,
  type RunningStore,
} from '@turnpike/local-stack/servers';
import { fastSettings, findTestRedis, makeStoreFolder } from './jest/run-stores.ts';

/** A server that one test has to itself, so that it may stop or kill it. Its address stays the same when it restarts. */
export interface OwnStore {
  readonly url: string;
  /** Ends it in order; data is kept. */
  readonly stop: () => Promise<void>;
  /** Ends it with SIGKILL and waits until it is gone; what it had written is kept. */
  readonly kill: () => Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing answers. `resume` lets it go on. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Starts it again on the same port and files. */
  readonly start: () => Promise<void>;
  /** Ends it and removes its files. */
  readonly dispose: () => Promise<void>;
}

/**
 * Starts a PostgreSQL server of the test's own.
 *
 * @param settings server settings on top of those that every test server has
 * @param binaries programs of another version than that from npm
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  binaries?: PostgresBinaries,
): Promise<OwnStore> {
  const folder = await makeStoreFolder();
  const port = await freePort();
  return await ownStore(folder, async () =>
    launchPostgres({
      dataDir: path.join(folder, 'postgres'),
      logFile: path.join(folder, 'postgres.log'),
      port,
      password: 'test',
      settings: { ...fastSettings, ...settings },
      ...(binaries && { binaries }),
    }),
  );
}

/** Starts a Redis server of the test's own. With `cluster` it is a cluster of one node that holds every slot. */
export async function startRedis({ cluster = false }: { cluster?: boolean } = {}): Promise<OwnStore> {
  const folder = await makeStoreFolder();
  const port = await freePort();
  const program = await findTestRedis();
  const store = await ownStore(folder, async () =>
    launchRedis({
      program,
      dataDir: path.join(folder, 'redis'),
      logFile: path.join(folder, 'redis.log'),
      port,
      persistent: true,
      // A cluster's second port is this far above the first by default, past the last port there is for some.
      settings: cluster ? { 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) } : {},
    }),
  );
  if (cluster) await takeAllSlots(store.url);
  return store;
}

async function takeAllSlots(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    while (!(await redis.cluster('INFO')).includes('cluster_state:ok')) await redis.ping();
  } finally {
    await redis.quit();
  }
}

/** A server in a folder of its own, as `launch` starts it each time. */
export async function ownStore(folder: string, launch: () => Promise<RunningStore>): Promise<OwnStore> {
  let store = await launch();
  return {
    url: store.url,
    stop: async () => {
      await store.stop();
    },
    kill: async () => {
      store.signal('SIGKILL');
      await store.exited;
    },
    pause: () => store.signal('SIGSTOP'),
    resume: () => store.signal('SIGCONT'),
    start: async () => {
      store = await launch();
    },
    dispose: async () => {
      store.signal('SIGCONT');
      await store.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
