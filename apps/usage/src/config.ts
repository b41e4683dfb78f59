import { z } from 'zod';
import { commonSettings, databaseSettings, env, loadConfig, redisSettings, trustSettings } from '@turnpike/service-kit';

export const settings = z.object({
  ...commonSettings,
  ...trustSettings,
  ...databaseSettings('turnpike_usage'),
  ...redisSettings,
  USAGE_PORT: env.port(8085).describe('Port of this service.'),
  AUTH_URL: env
    .url('http://127.0.0.1:8081')
    .describe('Where auth answers, for what operators read of keys and sessions.'),
  USERS_URL: env
    .url('http://127.0.0.1:8082')
    .describe('Where users answers, which knows for how long organisations keep their records.'),
  CREDITS_URL: env
    .url('http://127.0.0.1:8083')
    .describe('Where credits answers, for what operators read of holds, and for the comparison with the ledger.'),
  USAGE_STORE_URL: z
    .union([z.literal('postgres'), env.url()])
    .default('postgres')
    .meta({
      description:
        "Where request records and their sums are kept: `postgres` is this service's own database, `http(s)://user:password@host:8123/database` a ClickHouse server. What else the service remembers stays in its database.",
      secret: 'foreign',
    }),
  USAGE_RETENTION_DAYS: env
    .int(30, 2, 400)
    .describe('How long the record of each request is kept, in days. Sums by hour and day stay for 400 days.'),
  USAGE_INGEST: env
    .flag(true)
    .describe('Whether this process reads the stream of request records, besides serving; any number may.'),
  USAGE_CLAIM_IDLE_MS: env
    .int(60_000, 1_000, 3_600_000)
    .describe('After how long batches that another process took and did not finish are taken over, in milliseconds.'),
  USAGE_ORGANISATIONS_RETENTION_MS: env
    .int(3_600_000, 1_000, 86_400_000)
    .describe(
      'How often records are removed that their organisation keeps for a shorter time (`logs.retention_days`), in milliseconds.',
    ),
  USAGE_COMPARE_MS: env
    .int(3_600_000, 1_000, 86_400_000)
    .describe('How often what was charged by the records is compared with the ledger, in milliseconds.'),
});

export type Config = Readonly<z.output<typeof settings>>;

const commandSettings = settings.pick({
  NODE_ENV: true,
  DATABASE_URL: true,
  DATABASE_NAME: true,
  DATABASE_POOL_MAX: true,
  DATABASE_TIMEOUT_MS: true,
  USAGE_STORE_URL: true,
  USAGE_RETENTION_DAYS: true,
});

export type CommandConfig = Readonly<z.output<typeof commandSettings>>;

/** Settings of the service's command, which does one thing at a time; throws `ConfigError` naming what is wrong. */
export function readCommandConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CommandConfig {
  return loadConfig(commandSettings, { ...environment, DATABASE_POOL_MAX: '1' });
}

/** Settings of the usage service; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  // USAGE_PORT where several services share an environment, PORT where a platform gives each its own.
  return Object.freeze(
    loadConfig(settings, { ...environment, USAGE_PORT: environment['USAGE_PORT'] || environment['PORT'] }),
  );
}
