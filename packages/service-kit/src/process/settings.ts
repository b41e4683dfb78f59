import { z } from 'zod';
import { readKeysFile } from '../keys/keys-file.ts';
import { env } from './config.ts';
import { DEFAULT_TIERS, tierLimits } from './tiers.ts';

/** Settings that every service has. Names are the same in every deployment. */
export const commonSettings = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('`production` refuses weak or missing secrets.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe line logged.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; containers set 0.0.0.0.'),
  SERVICE_VERSION: z.string().default('0.1.0').describe('Release, shown by /health.'),
  SHUTDOWN_DRAIN_MS: env
    .int(5_000, 0, 600_000)
    .describe(
      'How long a stopping service still takes requests, while it says that it is not ready and asks callers to leave, in milliseconds. Longer than balancers take to notice, and than callers keep idle connections (4 s between services). Default 5,000; 0 on the local stack.',
    ),
  SHUTDOWN_TIMEOUT_MS: env
    .int(25_000, 0, 600_000)
    .describe('How long a stopping service waits for open requests after that, in milliseconds. Default 25,000.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('Where traces go (OTLP over HTTP); none are recorded without it.'),
} as const;

/** Settings of a service that the edge and its neighbours call, and of the edge: what they know each other by. No backend holds these. */
export const trustSettings = {
  SERVICE_API_KEY: env.list().describe('Keys that internal callers present; the first is sent, all are accepted.'),
  SERVICE_KEYS_FILE: z
    .string()
    .superRefine((path, context) => {
      const file = readKeysFile(path);
      if ('fault' in file) context.addIssue({ code: 'custom', message: file.fault });
    })
    .optional()
    .describe('JSON file of named service keys and their grants.'),
  ADMIN_API_KEY: env.list().describe('Keys that operators present. Empty: admin routes answer 403.'),
  INTERNAL_SIGNING_SECRET: env
    .list()
    .describe(
      'Secrets with which the edge signs for our own services; the first signs, all verify. Outside production made from SERVICE_API_KEY unless set.',
    ),
} as const;

/** The setting of whoever signs for backends, and of a backend. */
export const gatewaySettings = {
  GATEWAY_SIGNING_SECRET: env
    .list()
    .describe('Secrets of the signature that backends verify; the first signs, all verify.'),
} as const;

/** Connection settings of a service with a database. */
export const databaseSettings = (database: string) => ({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' })
    .describe('The PostgreSQL server; each service uses its own database on it.'),
  DATABASE_NAME: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/)
    .default(database)
    .describe("This service's database."),
  DATABASE_POOL_MAX: env.int(10, 1, 500).describe('Connections per process.'),
  DATABASE_TIMEOUT_MS: env
    .int(5_000, 100, 60_000)
    .describe('How long a request waits for a connection or a statement, in milliseconds.'),
});

/** `REDIS_URL`, shared by every service that uses Redis. */
export const redisSettings = {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' })
    .describe('Redis, or one node of a cluster.'),
} as const;

/** What the edge counts by, and the list of tiers for the services that set one. */
export const tierSettings = {
  RATE_LIMIT_TIERS: env
    .json(tierLimits)
    .default(DEFAULT_TIERS)
    .describe(
      'Limits by tier, laid over the defaults: requests `per_minute` and `per_day`, and `concurrent`, the requests, streams and sockets of one caller that may be under way at one upstream, for each edge process. A further name is a further tier that users can have.',
    ),
} as const;

/** `DATABASE_URL` with this service's database in place of the named one. */
export function serviceDatabaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.toString();
}
