import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  commonSettings,
  ConfigError,
  env,
  gatewaySettings,
  loadConfig,
  publicUrlSettings,
  recordSettings,
  redisSettings,
  tierSettings,
  tokenSettings,
  trustSettings,
} from '@turnpike/service-kit';
import { ClientAddresses } from './domain/client-address.ts';
import { ALLOWED_BY_DEFAULT, EXPOSED_BY_DEFAULT, isOrigin } from './domain/cors.ts';

/** A token of RFC 9110 §5.6.2. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DEFAULT_ROUTES_FILE = fileURLToPath(new URL('../routes.yaml', import.meta.url));

const headerNames = (byDefault: readonly string[]) =>
  env
    .list()
    .refine((names) => names.every((name) => HEADER_NAME.test(name)), 'must be header names, separated by commas')
    .transform((names) => (names.length === 0 ? byDefault : names));

export const settings = z.object({
  ...commonSettings,
  ...trustSettings,
  ...gatewaySettings,
  ...redisSettings,
  REDIS_CLUSTER: env.flag(false).describe('REDIS_URL names a node of a Redis Cluster.'),
  REDIS_TIMEOUT_MS: env
    .int(500, 10, 10_000)
    .describe('How long a limit decision waits for Redis before this edge decides alone, in milliseconds.'),
  EDGE_PORT: env.port(8080).describe('Port of the edge; 0 picks a free one.'),
  EDGE_WORKERS: env.int(1, 1, 256).describe('Processes that share the port.'),
  METRICS_PORT: env
    .optionalPort()
    .describe('Port of a second listener with /metrics, for the inside only. None without it.'),
  SERVICE_NAME: z.string().min(1).max(100).default('timepoint-api-gateway').describe('Name in /health.'),
  AUTH_URL: env.url('http://127.0.0.1:8081').describe('Where auth answers.'),
  USERS_URL: env.url('http://127.0.0.1:8082').describe('Where users answers.'),
  CREDITS_URL: env.url('http://127.0.0.1:8083').describe('Where credits answers.'),
  LLM_URL: env.url('http://127.0.0.1:8084').describe('Where the LLM gateway answers.'),
  ROUTES_FILE: z.string().default(DEFAULT_ROUTES_FILE).describe('The routes file: destinations and their rules.'),
  ...publicUrlSettings,
  SERVE_DOCS: env.flag(true).describe('Whether /openapi.json and /docs answer.'),
  EXPOSE_INTERNAL: env.flag(true).describe('Whether callers with a service key reach /internal/*.'),
  TRUSTED_PROXIES: env
    .list()
    .describe('Addresses and CIDR ranges of proxies whose forwarding header is believed; each must write it itself.'),
  FORWARDING_HEADER: z
    .enum(['x-forwarded', 'forwarded'])
    .default('x-forwarded')
    .describe('The one header that they write: x-forwarded (X-Forwarded-For, -Proto, -Host) or forwarded (RFC 7239).'),
  CONSOLE_KEY: env.list().meta({
    description:
      'Keys that the console marks its calls with: they are no usage, count against limits of their own, and come from whom it says. The first is sent, all are accepted.',
    secret: 'optional',
  }),
  CORS_ORIGINS: env
    .list()
    .refine(
      (origins) => origins.every((origin) => origin === '*' || isOrigin(origin)),
      'must be *, or origins such as https://app.example, separated by commas',
    )
    .describe('Origins that browsers may call from; `*` allows all, without credentials.'),
  CORS_EXPOSED_HEADERS: headerNames(EXPOSED_BY_DEFAULT).describe(
    'Response headers that pages may read; what an upstream exposes itself is added.',
  ),
  CORS_ALLOWED_HEADERS: headerNames(ALLOWED_BY_DEFAULT).describe('Request headers that pages may send.'),
  ...tierSettings,
  ...tokenSettings,
  CREDENTIAL_CACHE_SECONDS: env
    .int(300, 1, 86_400)
    .describe("Longest life of auth's answer about a credential, in seconds."),
  CREDENTIAL_CACHE_ENTRIES: env.int(100_000, 100, 10_000_000).describe('Answers kept per process.'),
  AUTH_TIMEOUT_MS: env.int(2_000, 50, 60_000).describe('How long a request waits for auth, in milliseconds.'),
  CREDITS_TIMEOUT_MS: env.int(2_000, 50, 60_000).describe('How long a request waits for credits, in milliseconds.'),
  REVOCATION_POLL_MS: env
    .int(250, 50, 500)
    .describe(
      'How often auth is asked for revocations while their stream proves nothing, in milliseconds; 500 at most, since access ends within a second.',
    ),
  HOLD_TTL_SECONDS: env
    .int(120, 2, 3_600)
    .describe('Life of a hold that nobody extends, in seconds; running requests extend theirs.'),
  SETTLE_WAIT_MS: env
    .int(1_000, 0, 60_000)
    .describe(
      "How long a response's end waits for its settlement, in milliseconds; then that is put into Redis, and the response ends.",
    ),
  IDEMPOTENCY_BYTES_PER_USER: env
    .int(4_194_304, 0, 1_073_741_824)
    .describe(
      'What the answers kept for repetitions under an Idempotency-Key may take in Redis for one user, in bytes; the oldest make room.',
    ),
  ABANDONED_ANSWER_TIMEOUT_MS: env
    .int(5_000, 100, 600_000)
    .describe(
      'How long the rest of a metered answer is read that its client does not take, in milliseconds; its beginning is waited for as long as ' +
        'for any other.',
    ),
  HEADERS_TIMEOUT_MS: env
    .int(10_000, 100, 600_000)
    .describe("How long a client may take for a request's headers, in milliseconds."),
  BODY_TIMEOUT_MS: env
    .int(20_000, 100, 600_000)
    .describe('How long a client may take for a body that is read whole before it is sent on, in milliseconds.'),
  BODY_IDLE_TIMEOUT_MS: env
    .int(30_000, 100, 600_000)
    .describe(
      'Longest pause inside a body that is streamed, and the span over which its least rate is measured, in milliseconds.',
    ),
  BODY_BYTES_PER_SECOND_MIN: env
    .int(240, 1, 1_000_000_000)
    .describe('Least rate of a body that is streamed, in bytes a second; waiting for the upstream does not count.'),
  CLIENT_STALL_TIMEOUT_MS: env
    .int(60_000, 100, 3_600_000)
    .describe('How long a client may take nothing of an answer that waits for it, in milliseconds.'),
  REQUEST_TIMEOUT_MS: env
    .int(300_000, 1_000, 86_400_000)
    .describe('How long a client may take for a whole request, in milliseconds.'),
  KEEP_ALIVE_TIMEOUT_MS: env
    .int(65_000, 1_000, 600_000)
    .describe('How long an idle client connection is kept, in milliseconds.'),
  USAGE_URL: env.url('http://127.0.0.1:8085').describe('Where usage answers.'),
  ...recordSettings,
  ACCESS_LOG: z
    .enum(['all', 'errors', 'off'])
    .default('all')
    .describe('Which requests get a line: all, errors (status 500 and above), off.'),
  ACCESS_LOG_ADDRESSES: env
    .flag(false)
    .describe("Whether these lines name the client's address, which is personal data."),
});

export type EdgeConfig = Readonly<z.output<typeof settings>> & {
  /** The whole environment: the routes file names the variables of its upstreams. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly production: boolean;
};

/** The secret that access tokens are signed with; `undefined` where their keys are published. */
export function hs256Secret({ JWT_ALGORITHM, JWT_SECRET_KEY }: EdgeConfig): string | undefined {
  return JWT_ALGORITHM === 'HS256' ? JWT_SECRET_KEY : undefined;
}

/** Reads the edge's settings. Throws `ConfigError` naming each variable at fault. The only place that reads the process's environment. */
export function loadEdgeConfig(environment: Readonly<Record<string, string | undefined>> = process.env): EdgeConfig {
  // EDGE_PORT where several services share an environment, PORT where a platform gives each its own.
  const config = loadConfig(settings, { ...environment, EDGE_PORT: environment['EDGE_PORT'] || environment['PORT'] });
  try {
    new ClientAddresses(config.TRUSTED_PROXIES);
  } catch (error) {
    throw new ConfigError(`TRUSTED_PROXIES: ${error instanceof Error ? error.message : 'is not usable'}`);
  }
  return Object.freeze({
    ...config,
    environment: Object.freeze({ ...environment }),
    production: config.NODE_ENV === 'production',
  });
}
