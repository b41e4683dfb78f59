import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findRedis, freePort, ownRedisFolder, startPostgres, startRedis } from '@turnpike/local-stack';
import type { RunningStore } from '@turnpike/local-stack';

/** Test files of one run that can each have a logical database of their own. */
export const redisDatabases = 1_024;

/** The stores of one test run. */
export interface RunStores {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly stop: () => Promise<void>;
}

/** Starts one PostgreSQL and one Redis in a temporary folder. Nothing in them outlives the run, so nothing is synced. */
export async function startRunStores(): Promise<RunStores> {
  const folder = await makeStoreFolder();
  const started = await Promise.allSettled([startRunPostgres(folder), startRunRedis(folder)]);
  const stop = async (): Promise<void> => {
    await Promise.all(
      started.map(async (result) => (result.status === 'fulfilled' ? await result.value.stop() : undefined)),
    );
    await rm(folder, { recursive: true, force: true });
  };
  const [postgres, redis] = started;
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled') {
    return { postgresUrl: postgres.value.url, redisUrl: redis.value.url, stop };
  }
  await stop();
  throw postgres.status === 'rejected' ? postgres.reason : (redis as PromiseRejectedResult).reason;
}

/** A temporary folder that PostgreSQL's own user may enter. */
export async function makeStoreFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-test-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Kept on a crash of the server, though not on one of the machine: enough for tests that kill it. */
export const fastSettings = { fsync: 'off', full_page_writes: 'off', max_connections: '500' } as const;

async function startRunPostgres(folder: string): Promise<RunningStore> {
  return await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    logFile: path.join(folder, 'postgres.log'),
    port: await freePort(),
    password: 'test',
    settings: fastSettings,
  });
}

async function startRunRedis(folder: string): Promise<RunningStore> {
  return await startRedis({
    program: await findTestRedis(),
    dataDir: path.join(folder, 'redis'),
    logFile: path.join(folder, 'redis.log'),
    port: await freePort(),
    persistent: false,
    settings: { databases: String(redisDatabases) },
  });
}

/** The Redis program of this machine, or a copy of our own. */
export async function findTestRedis(): Promise<string> {
  return await findRedis({
    path: process.env['PATH'],
    ownFolder: ownRedisFolder,
    mayInstall: process.env['INSTALL_REDIS'] === 'true',
    onMissing: (whatHappens) => process.stderr.write(`Redis is not installed here; ${whatHappens} …\n`),
  });
}
