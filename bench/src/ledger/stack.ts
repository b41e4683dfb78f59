import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** What a ledger measurement runs against: its own PostgreSQL with durable settings, its own Redis, one credits process. */
export interface LedgerStack {
  readonly creditsUrl: string;
  readonly serviceKey: string;
  readonly databaseUrl: string;
  readonly servicePid: number;
  readonly postgresPid: number;
  stop(): Promise<void>;
}

/** Starts all of it in a temporary folder. `settings` are further variables of the credits service. */
export async function startLedgerStack(settings: Readonly<Record<string, string>> = {}): Promise<LedgerStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-bench-'));
  // PostgreSQL runs as a user of its own and must be able to enter.
  await chmod(folder, 0o711);
  const password = randomBytes(12).toString('hex');
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    logFile: path.join(folder, 'postgres.log'),
    port: await freePort(),
    password,
    settings: { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '30min' },
  });
  const redis = await startRedis({
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
  await migrateService({ app: 'credits', databaseUrl: postgres.url });
  const databaseUrl = withDatabase(postgres.url, 'turnpike_credits');
  const serviceKey = randomBytes(24).toString('hex');
  const lines: string[] = [];
  const credits = await startNodeService({
    entry: fileURLToPath(new URL('../../../apps/credits/src/main.ts', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      CREDITS_PORT: '0',
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      USERS_URL: 'http://127.0.0.1:9',
      SERVICE_API_KEY: serviceKey,
      ADMIN_API_KEY: randomBytes(24).toString('hex'),
      INTERNAL_SIGNING_SECRET: randomBytes(24).toString('hex'),
      ...settings,
    },
    onLine: (line) => lines.push(line),
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const creditsUrl = await credits.listening.catch((cause: unknown) => {
    throw new Error(`credits did not start:\n${lines.join('\n')}`, { cause });
  });
  return {
    creditsUrl,
    serviceKey,
    databaseUrl,
    servicePid: credits.pid,
    postgresPid: postgres.pid,
    async stop() {
      await credits.stop();
      await redis.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
