import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ownRedisFolder } from '../config.ts';
import type { StackConfig } from '../config.ts';
import { freshLog } from '../data-dir.ts';
import type { DataDir } from '../data-dir.ts';
import { freePort } from '../process/free-port.ts';
import { supervise } from '../process/supervisor.ts';
import type { Supervised, SupervisionEvent } from '../process/supervisor.ts';
import type { Progress } from '../progress.ts';
import type { Secrets } from '../secrets.ts';
import { errorMessage, StackError } from '../stack-error.ts';
import { findRedis } from './find-redis.ts';
import { startPostgres } from './postgres.ts';
import { serviceUser, startRedis } from './redis.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** A store that is ready: where it is, and its process when it is ours. */
export interface ReadyStore {
  readonly url: string;
  readonly supervised?: Supervised;
}

/** What starting a store needs to know. */
export interface StoreContext {
  readonly config: StackConfig;
  readonly dataDir: DataDir;
  readonly secrets: Secrets;
  readonly progress: Progress;
  readonly onEvent: (name: string, event: SupervisionEvent) => void;
}

/** The PostgreSQL server of `DATABASE_URL` where that is set, otherwise one of our own. */
export async function readyPostgres({
  config,
  dataDir,
  secrets,
  progress,
  onEvent,
}: StoreContext): Promise<ReadyStore> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    return await progress.step('PostgreSQL of DATABASE_URL', async () => {
      await assertPostgresAnswers(databaseUrl);
      return { url: databaseUrl };
    });
  }
  return await progress.step('PostgreSQL', async () => {
    const options = {
      dataDir: dataDir.postgres,
      logFile: await freshLog(dataDir, 'postgres'),
      port: await freePort(),
      password: secrets.POSTGRES_PASSWORD,
    };
    let url = '';
    const start = async (): ReturnType<typeof startPostgres> => {
      const server = await startPostgres(options);
      ({ url } = server);
      return server;
    };
    const supervised = await supervise('postgres', start, (event) => onEvent('postgres', event));
    return { url, supervised };
  });
}

/** Redis, with another URL for services, which administer nothing. */
export interface ReadyRedis extends ReadyStore {
  readonly serviceUrl: string;
}

/** The Redis server of `REDIS_URL` where that is set, which services use as it is; otherwise one of our own. */
export async function readyRedis({ config, dataDir, secrets, progress, onEvent }: StoreContext): Promise<ReadyRedis> {
  const { redisUrl } = config;
  if (redisUrl !== undefined) {
    return await progress.step('Redis of REDIS_URL', async () => {
      await assertRedisAnswers(redisUrl);
      return { url: redisUrl, serviceUrl: redisUrl };
    });
  }
  return await progress.step('Redis', async () => {
    const program = await findRedis({
      path: config.environment['PATH'],
      ownFolder: ownRedisFolder,
      mayInstall: config.installRedis,
      onMissing: (whatHappens) => progress.note(`Redis is not installed here; ${whatHappens} …`),
    });
    const options = {
      program: path.resolve(program),
      dataDir: dataDir.redis,
      logFile: await freshLog(dataDir, 'redis'),
      port: await freePort(),
      password: secrets.REDIS_PASSWORD,
      servicePassword: secrets.REDIS_SERVICE_PASSWORD,
      persistent: true,
    };
    let url = '';
    const start = async (): ReturnType<typeof startRedis> => {
      const server = await startRedis(options);
      ({ url } = server);
      return server;
    };
    const supervised = await supervise('redis', start, (event) => onEvent('redis', event));
    const serviceUrl = new URL(url);
    serviceUrl.username = serviceUser;
    serviceUrl.password = encodeURIComponent(secrets.REDIS_SERVICE_PASSWORD);
    return { url, serviceUrl: serviceUrl.href, supervised };
  });
}

async function assertPostgresAnswers(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw new StackError(`DATABASE_URL: PostgreSQL at ${hostOf(url)} cannot be used: ${messageOf(cause)}.`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function assertRedisAnswers(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy: () => null });
  let failure: unknown;
  client.on('error', (error) => {
    failure = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    throw new StackError(`REDIS_URL: Redis at ${hostOf(url)} cannot be used: ${messageOf(failure ?? cause)}.`, {
      cause,
    });
  } finally {
    client.disconnect();
  }
}

/** Without credentials. */
function hostOf(url: string): string {
  return new URL(url).host;
}

function messageOf(error: unknown): string {
  // Node reports the refusals of several addresses together, without a message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return errorMessage(error);
}
