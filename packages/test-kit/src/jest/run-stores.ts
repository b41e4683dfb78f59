import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findRedis, freePort, ownRedisFolder, startPostgres, startRedis } from '@turnpike/local-stack/servers';
import type { RunningStore } from '@turnpike/local-stack/servers';

/** Test files of one run that can each have a logical database of their own. */
export const redisDatabases = 1_024;

/** A file system in memory, on Linux. */
const MEMORY_FOLDER = '/dev/shm';
/** Free bytes there below which a disk is used: containers often have 64 MiB. A whole run takes about a quarter of this. */
const MEMORY_BYTES_MIN = 4 * 1_024 ** 3;

/** What follows is the id of the process that made the folder. */
const FOLDER_PREFIX = 'turnpike-test-';

/** The stores of one test run. */
export interface RunStores {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly stop: () => Promise<void>;
}

/** Starts one PostgreSQL and one Redis in a temporary folder. Nothing in them outlives the run, so nothing is synced. */
export async function startRunStores(): Promise<RunStores> {
  await removeLeftOvers();
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
  const folder = await makeDataFolder();
  await chmod(folder, 0o711);
  return folder;
}

/** A temporary folder for the data of stores, open to its owner only. */
export async function makeDataFolder(): Promise<string> {
  return await mkdtemp(path.join(await storesParent(), `${FOLDER_PREFIX}${process.pid}-`));
}

/** Removes the folders of runs that were killed: in memory they would stay until the machine is restarted. */
async function removeLeftOvers(): Promise<void> {
  const parent = await storesParent();
  const ended = (await readdir(parent)).filter((name) => {
    const pid = new RegExp(`^${FOLDER_PREFIX}([0-9]+)-`).exec(name)?.[1];
    return pid !== undefined && !isRunning(Number(pid));
  });
  await Promise.all(ended.map((name) => rm(path.join(parent, name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs as somebody else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** In memory where there is room: each test file copies a database of a thousand files, and a disk makes that the dearest step of many. */
async function storesParent(): Promise<string> {
  const { bavail, bsize } = await statfs(MEMORY_FOLDER).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= MEMORY_BYTES_MIN ? MEMORY_FOLDER : tmpdir();
}

/** Kept on a crash of the server, though not on one of the machine: enough for tests that kill it. */
export const fastSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '500',
  max_wal_size: '256MB',
} as const;

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
