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
      'How long a stopping service still takes requests, while it says that it is not ready and asks callers to leave, in milliseconds. Longer than balancers take to notice, and than callers keep idle connections (4 s between services); the local stack sets 0.',
    ),
  SHUTDOWN_TIMEOUT_MS: env
    .int(25_000, 0, 600_000)
    .describe('How long a stopping service waits for open requests after that, in milliseconds.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('Where traces go (OTLP over HTTP); none are recorded without it.'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe(
      'Which traces are recorded. Services follow the edge with a `parentbased_` one; the edge itself, whose callers are strangers, never follows them.',
    ),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'must be a number' })
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces that the `traceidratio` samplers record, 0 to 1.'),
} as const;

/** Settings of a service that the edge and its neighbours call, and of the edge: what they know each other by. No backend holds these. */
export const trustSettings = {
  SERVICE_API_KEY: env.list().meta({
    description: 'Keys that internal callers present; the first is sent, all are accepted.',
    secret: 'required',
  }),
  SERVICE_KEYS_FILE: z
    .string()
    .superRefine((path, context) => {
      const file = readKeysFile(path);
      if ('fault' in file) context.addIssue({ code: 'custom', message: file.fault });
    })
    .optional()
    .describe('JSON file of named service keys and their grants.'),
  ADMIN_API_KEY: env
    .list()
    .meta({ description: 'Keys that operators present. Empty: admin routes answer 403.', secret: 'required' }),
  INTERNAL_SIGNING_SECRET: env.list().meta({
    description:
      'Secrets with which the edge signs for our own services; the first signs, all verify. Outside production made from SERVICE_API_KEY unless set.',
    secret: 'required',
  }),
} as const;

/** The setting of whoever signs for backends, and of a backend. */
export const gatewaySettings = {
  GATEWAY_SIGNING_SECRET: env.list().meta({
    description: 'Secrets of the signature that backends verify; the first signs, all verify.',
    secret: 'required',
  }),
} as const;

/** Connection settings of a service with a database. */
export const databaseSettings = (database: string) => ({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' })
    .meta({ description: 'The PostgreSQL server; each service uses its own database on it.', secret: 'foreign' }),
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
    .meta({ description: 'Redis, or one node of a cluster.', secret: 'foreign' }),
} as const;

/** Who leaves request records for usage: the edge, and services that complete its records. */
export const recordSettings = {
  USAGE_RECORDS: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether a record of each request is left for usage: on, off.'),
  USAGE_STREAM_BYTES_MAX: env
    .int(134_217_728, 1_048_576, 17_179_869_184)
    .describe(
      'What request records that usage has not read yet may take in Redis, in bytes; the oldest make room, and are counted as lost.',
    ),
} as const;

/** Shortest secret that signs, in bytes: RFC 7518 §3.2 asks it of HS256. */
const SIGNING_SECRET_BYTES_MIN = 32;

/** How access tokens are signed, for auth, which signs them, and for the edge. */
export const tokenSettings = {
  JWT_ALGORITHM: z
    .enum(['ES256', 'RS256', 'HS256'])
    .default('ES256')
    .describe('How auth signs access tokens. HS256 needs JWT_SECRET_KEY.'),
  JWT_SECRET_KEY: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= SIGNING_SECRET_BYTES_MIN,
      `must be at least ${SIGNING_SECRET_BYTES_MIN} bytes long`,
    )
    .optional()
    .meta({
      description:
        'The shared secret of HS256, at least 32 bytes, known to auth, to the edge and to every backend that verifies tokens; not used otherwise.',
      secret: 'optional',
    }),
} as const;

/** Where the edge is for whoever is outside. */
export const publicUrlSettings = {
  PUBLIC_URL: env
    .url()
    .optional()
    .describe(
      'Where clients and browsers reach the edge, such as https://api.example.com: the OpenAPI document names it, and sign-in providers send browsers back there. Without it: the origin that the edge was asked at, and http://127.0.0.1:EDGE_PORT.',
    ),
} as const;

/** Where alerts of organisations may be posted to. */
export const alertSettings = {
  ALERTS_ANYWHERE: env
    .flag(false)
    .describe(
      'Whether webhooks for alerts (`alerts.webhook_url`) may be at private addresses and take http: for receivers inside, and for tests. Otherwise they are public ones, at https.',
    ),
} as const;

/** What the edge counts by, and the list of tiers for the services that set one. */
export const tierSettings = {
  RATE_LIMIT_TIERS: env
    .json(tierLimits)
    .default(DEFAULT_TIERS)
    .describe(
      'JSON, limits by tier, laid over those that are shown as the default; such as `{"pro":{"per_minute":120,"per_day":5000,"concurrent":80}}`: requests `per_minute` and `per_day`, and `concurrent`, the requests, streams and sockets of one caller that may be under way at one upstream, for each edge process. A further name is a further tier that users can have.',
    ),
} as const;

/** `DATABASE_URL` with this service's database in place of the named one. */
export function serviceDatabaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.toString();
}
