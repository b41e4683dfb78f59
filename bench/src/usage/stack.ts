import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import {
  findRedis,
  freePort,
  ownRedisFolder,
  startNodeService,
  startPostgres,
  startRedis,
} from '@turnpike/local-stack/servers';
import { migrateService, withDatabase } from '@turnpike/migrate';

const STOP_TIMEOUT_MS = 20_000;

/** What usage is measured with: its own PostgreSQL with durable settings, its own Redis, one usage process. */
export interface UsageStack {
  readonly url: string;
  readonly serviceKey: string;
  readonly signingSecret: string;
  readonly redis: Redis;
  readonly servicePid: number;
  readonly postgresPid: number;
  stop(): Promise<void>;
}

/**
 * Starts all of it in a temporary folder. `fill` runs before the service does, which drops what is past its retention while more is written.
 */
export async function startUsageStack(fill: (database: pg.Client) => Promise<void>): Promise<UsageStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-bench-'));
  // PostgreSQL runs as a user of its own and must be able to enter.
  await chmod(folder, 0o711);
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    logFile: path.join(folder, 'postgres.log'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    settings: { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '30min' },
  });
  const redisServer = await startRedis({
    program: await findRedis({
      path: process.env['PATH'],
      ownFolder: ownRedisFolder,
      mayInstall: false,
      onMissing: () => {},
    }),
    dataDir: path.join(folder, 'redis'),
    logFile: path.join(folder, 'redis.log'),
    port: await freePort(),
    persistent: false,
  });
  await migrateService({ app: 'usage', databaseUrl: postgres.url });
  const database = new pg.Client({ connectionString: withDatabase(postgres.url, 'turnpike_usage') });
  database.on('error', () => {});
  await database.connect();
  await fill(database);
  const secret = (): string => randomBytes(24).toString('hex');
  const keys = { serviceKey: secret(), signingSecret: secret() };
  const lines: string[] = [];
  const usage = await startNodeService({
    entry: fileURLToPath(new URL('../../../apps/usage/src/main.ts', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      USAGE_PORT: '0',
      DATABASE_URL: postgres.url,
      REDIS_URL: redisServer.url,
      // Nobody listens there: what is measured asks neither.
      AUTH_URL: 'http://127.0.0.1:9',
      CREDITS_URL: 'http://127.0.0.1:9',
      SERVICE_API_KEY: keys.serviceKey,
      ADMIN_API_KEY: secret(),
      INTERNAL_SIGNING_SECRET: keys.signingSecret,
    },
    onLine: (line) => lines.push(line),
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const url = await usage.listening.catch((cause: unknown) => {
    throw new Error(`usage did not start:\n${lines.join('\n')}`, { cause });
  });
  const redis = new Redis(redisServer.url);
  return {
    url,
    ...keys,
    redis,
    servicePid: usage.pid,
    postgresPid: postgres.pid,
    async stop() {
      await usage.stop();
      redis.disconnect();
      await database.end();
      await Promise.all([redisServer.stop(), postgres.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
