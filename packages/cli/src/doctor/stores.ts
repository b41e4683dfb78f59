import { Redis } from 'ioredis';
import {
  databaseOf,
  migratedApps,
  type openClient,
  pendingMigrations,
  withClient,
  withDatabase,
} from '@turnpike/migrate';
import { problem, reasonOf, TIMEOUT_MS, warning, type Check, type Finding } from './finding.ts';

const POSTGRES_VERSION_MIN = 14;
const REDIS_VERSION_MIN = '6.2';
/** Clock difference that is worth a finding, in milliseconds; past 300 s signatures fail. */
const SKEW_MS_MAX = 2_000;

export const postgresCheck: Check = {
  name: 'PostgreSQL',
  run: async ({ DATABASE_URL: url }) => {
    if (!url) return [problem('DATABASE_URL is not set.', 'Name the PostgreSQL server in it.')];
    try {
      return await withClient(optionsOf(url), async (client) => {
        const asked = Date.now();
        const { rows } = await client.query<{ version: string; now: string }>(
          "SELECT current_setting('server_version_num') AS version, (extract(epoch FROM clock_timestamp()) * 1000)::text AS now",
        );
        const major = Math.floor(Number(rows[0]?.version) / 10_000);
        const findings = skew('PostgreSQL', Number(rows[0]?.now), asked);
        if (major < POSTGRES_VERSION_MIN)
          findings.push(problem(`PostgreSQL ${major} is too old.`, `Upgrade to ${POSTGRES_VERSION_MIN} or newer.`));
        return findings;
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
    const redis = new Redis(url, {
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectTimeout: TIMEOUT_MS,
    });
    redis.on('error', () => {});
    try {
      await redis.connect();
      const asked = Date.now();
      const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
      const findings = skew('Redis', seconds * 1_000 + micros / 1_000, asked);
      const info = await redis.info();
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
    } catch (error) {
      return [problem(`Redis does not answer: ${reasonOf(error)}.`, 'Start it, or mend REDIS_URL.')];
    } finally {
      redis.disconnect();
    }
  },
};

function skew(name: string, theirsMs: number, askedMs: number): Finding[] {
  const offMs = Math.max(0, askedMs - theirsMs, theirsMs - Date.now());
  const fix = 'Repair time synchronisation on that host, or on this one.';
  return offMs > SKEW_MS_MAX
    ? [warning(`The clock of ${name} is ${Math.round(offMs / 1_000)} s off from this one's.`, fix)]
    : [];
}

function optionsOf(url: string): Parameters<typeof openClient>[0] {
  return { connectionString: url, application_name: 'turnpike-doctor', connectionTimeoutMillis: TIMEOUT_MS };
}
