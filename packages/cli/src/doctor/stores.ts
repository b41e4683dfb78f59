import { Redis } from 'ioredis';
import {
  databaseOf,
  migratedApps,
  type openClient,
  pendingMigrations,
  withClient,
  withDatabase,
} from '@turnpike/migrate';
import { problem, reasonOf, TIMEOUT_MS, type Check, type Finding } from './finding.ts';

const POSTGRES_VERSION_MIN = 14;
const REDIS_VERSION_MIN = '6.2';

export const postgresCheck: Check = {
  name: 'PostgreSQL',
  run: async ({ DATABASE_URL: url }) => {
    if (!url) return [problem('DATABASE_URL is not set.', 'Name the PostgreSQL server in it.')];
    try {
      return await withClient(optionsOf(url), async (client) => {
        const { rows } = await client.query<{ version: string }>(
          "SELECT current_setting('server_version_num') AS version",
        );
        const major = Math.floor(Number(rows[0]?.version) / 10_000);
        return major < POSTGRES_VERSION_MIN
          ? [problem(`PostgreSQL ${major} is too old.`, `Upgrade to ${POSTGRES_VERSION_MIN} or newer.`)]
          : [];
      });
    } catch (error) {
      return [problem(`PostgreSQL does not answer: ${reasonOf(error)}.`, 'Start it, or mend DATABASE_URL.')];
    }
  },
};

export const migrationsCheck: Check = {
  name: 'migrations',
  run: async ({ DATABASE_URL: url }) => {
    if (!url) return [];
    const findings: Finding[] = [];
    for (const app of migratedApps) {
      const { databaseName: name } = databaseOf(app);
      try {
        const pending = await withClient(optionsOf(withDatabase(url, name)), (client) =>
          pendingMigrations(client, app),
        );
        if (pending.length > 0)
          findings.push(
            problem(`${name} lacks ${pending.join(', ')}.`, 'Apply the migrations: npx -y pnpm@12 migrate.'),
          );
      } catch (error) {
        findings.push(
          problem(`${name} cannot be read: ${reasonOf(error)}.`, 'Apply the migrations: npx -y pnpm@12 migrate.'),
        );
      }
    }
    return findings;
  },
};

export const redisCheck: Check = {
  name: 'Redis',
  run: async ({ REDIS_URL: url }) => {
    if (!url) return [problem('REDIS_URL is not set.', 'Name the Redis server in it.')];
    try {
      return await withRedis(url, async (redis) => {
        const info = await redis.info();
        const findings: Finding[] = [];
        const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
        if (version.localeCompare(REDIS_VERSION_MIN, 'en', { numeric: true }) < 0)
          findings.push(problem(`Redis ${version} is too old.`, `Upgrade to ${REDIS_VERSION_MIN} or newer.`));
        const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
        if (policy !== undefined && policy !== 'noeviction')
          findings.push(
            problem(
              `Redis evicts keys (${policy}).`,
              'Set maxmemory-policy to noeviction: queues and limits must not vanish.',
            ),
          );
        const key = '{turnpike}:doctor';
        await redis.set(key, '1', 'EX', 1).catch((error: unknown) => {
          findings.push(
            problem(`Redis refuses writes: ${reasonOf(error)}.`, 'See LimiterDegraded in docs/incidents.md.'),
          );
        });
        return findings;
      });
    } catch (error) {
      return [problem(`Redis does not answer: ${reasonOf(error)}.`, 'Start it, or mend REDIS_URL.')];
    }
  },
};

/** Runs `use` with a connection of its own, which is tried once and closed whatever happens. */
export async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: TIMEOUT_MS,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** How the doctor connects to PostgreSQL. */
export function optionsOf(url: string): Parameters<typeof openClient>[0] {
  return { connectionString: url, application_name: 'turnpike-doctor', connectionTimeoutMillis: TIMEOUT_MS };
}
