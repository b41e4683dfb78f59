import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
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
import { migrateAllServices, withDatabase, type MigratedApp } from '@turnpike/migrate';

const STOP_TIMEOUT_MS = 60_000;
/** Connections of the bench itself to each database. */
const POOL_MAX = 4;

export const DATABASES: Readonly<Record<MigratedApp, string>> = {
  auth: 'turnpike_auth',
  users: 'turnpike_users',
  credits: 'turnpike_credits',
  usage: 'turnpike_usage',
  llm: 'turnpike_llm',
  'example-downstream': 'turnpike_example',
};

/** A service that runs. */
export interface RunningService {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/** Stores of the bench's own, and services that are started and stopped one by one over them. */
export interface MillionStack {
  readonly serviceKey: string;
  readonly adminKey: string;
  readonly redis: Redis;
  databaseUrl(app: MigratedApp): string;
  sql<Row extends object = object>(app: MigratedApp, text: string, ...values: readonly unknown[]): Promise<Row[]>;
  /** The longest run of a statement of a service since the last call, in milliseconds, with its text. */
  longestStatement(app: MigratedApp): Promise<{ ms: number; text: string }>;
  start(app: MigratedApp, env?: Readonly<Record<string, string>>): Promise<RunningService>;
  stop(): Promise<void>;
}

/** Starts the stores and applies every migration. PostgreSQL keeps its own settings but for memory and the distance of checkpoints. */
export async function startMillionStack(): Promise<MillionStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-bench-'));
  // PostgreSQL runs as a user of its own and must be able to enter.
  await chmod(folder, 0o711);
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    logFile: path.join(folder, 'postgres.log'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track': 'top',
      shared_buffers: '1GB',
      max_wal_size: '8GB',
      checkpoint_timeout: '15min',
    },
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
  await migrateAllServices(postgres.url, {});
  const redis = new Redis(redisServer.url);
  const databaseUrl = (app: MigratedApp): string => withDatabase(postgres.url, DATABASES[app]);
  const pools = new Map<MigratedApp, pg.Pool>();
  const secret = (): string => randomBytes(24).toString('hex');
  const ports = { auth: await freePort(), users: await freePort(), credits: await freePort() };
  const keys = { serviceKey: secret(), adminKey: secret() };
  const shared = {
    PATH: process.env['PATH'],
    NODE_ENV: 'development',
    LOG_LEVEL: 'info',
    DATABASE_URL: postgres.url,
    REDIS_URL: redisServer.url,
    AUTH_PORT: String(ports.auth),
    USERS_PORT: String(ports.users),
    CREDITS_PORT: String(ports.credits),
    AUTH_URL: `http://127.0.0.1:${ports.auth}`,
    USERS_URL: `http://127.0.0.1:${ports.users}`,
    CREDITS_URL: `http://127.0.0.1:${ports.credits}`,
    SERVICE_API_KEY: keys.serviceKey,
    ADMIN_API_KEY: keys.adminKey,
    INTERNAL_SIGNING_SECRET: secret(),
    GATEWAY_SIGNING_SECRET: secret(),
    AUTH_ENCRYPTION_KEY: secret(),
  };

  async function poolOf(app: MigratedApp): Promise<pg.Pool> {
    const known = pools.get(app);
    if (known) return known;
    const pool = new pg.Pool({ connectionString: databaseUrl(app), max: POOL_MAX });
    // The bench ends sessions and servers; a pool without a listener would end it too.
    pool.on('error', () => undefined);
    pools.set(app, pool);
    await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    return pool;
  }

  return {
    ...keys,
    redis,
    databaseUrl,
    async sql<Row extends object>(app: MigratedApp, text: string, ...values: readonly unknown[]): Promise<Row[]> {
      return (await (await poolOf(app)).query<Row & pg.QueryResultRow>(text, [...values])).rows;
    },
    async longestStatement(app) {
      const pool = await poolOf(app);
      const { rows } = await pool.query<{ ms: number; text: string }>(
        `SELECT s.max_exec_time AS ms, s.query AS text FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
          WHERE d.datname = current_database() AND s.query !~ 'pg_stat_statements|violation|VACUUM|bench' ORDER BY 1 DESC LIMIT 1`,
      );
      await pool.query('SELECT pg_stat_statements_reset()');
      return rows[0] ?? { ms: 0, text: '' };
    },
    async start(app, env = {}) {
      const lines: string[] = [];
      const service = await startNodeService({
        entry: fileURLToPath(new URL(`../../../apps/${app}/src/main.ts`, import.meta.url)),
        env: { ...shared, ...env },
        onLine: (line) => lines.push(line),
        stopTimeoutMs: STOP_TIMEOUT_MS,
      });
      const url = await service.listening.catch((cause: unknown) => {
        throw new Error(`${app} did not start:\n${lines.join('\n')}`, { cause });
      });
      return { url, pid: service.pid, stop: () => service.stop() };
    },
    async stop() {
      for (const pool of pools.values()) await pool.end();
      redis.disconnect();
      await redisServer.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resident memory of a process now, in MiB. */
export async function rssMiBOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
}
