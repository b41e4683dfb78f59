import { z } from 'zod';
import { readKeysFile } from './keys-file.ts';

/** A broken configuration: one sentence per variable. `main` prints it and exits with 78 (EX_CONFIG), without a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Shortest secret accepted in production, in bytes. */
const SECRET_BYTES_MIN = 32;
/** Words that give away a secret nobody chose. */
const WEAK = /^(?:change[-_ ]?me|secret|password|test|dev|demo|admin|example|default|local)|^(.)\1*$/i;

/** Why a secret must not be used in production, or `undefined` where it may be. */
export function weakness(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN)
    return `must be at least ${SECRET_BYTES_MIN} bytes long in production`;
  if (WEAK.test(secret)) return 'looks like a placeholder; set a random value';
  return undefined;
}

/** A comma-separated list of values; blanks are dropped. */
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** Builders for configuration fields. Each field should be `.describe()`d with meaning, unit and default. */
export const env = {
  string: () => z.string().min(1),
  list: () => list,
  /** `true/false/1/0/yes/no`, or the default. */
  flag: (fallback: boolean) =>
    z
      .enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'must be true or false' })
      .optional()
      .transform((text) => (text === undefined ? fallback : ['true', '1', 'yes'].includes(text))),
  /** 0 asks the system for a free port. */
  port: (fallback: number) =>
    z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65535).default(fallback),
  /** A port of something that is off unless it is set. */
  optionalPort: () => z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65535).optional(),
  int: (fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) =>
    z.coerce.number({ error: 'must be a whole number' }).int().min(min).max(max).default(fallback),
  /** An http(s) URL without a trailing slash. */
  url: (fallback?: string) => {
    const url = z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .transform((text) => text.replace(/\/+$/, ''));
    return fallback === undefined ? url : url.default(fallback);
  },
  json: <T extends z.ZodType>(schema: T) =>
    z
      .string()
      .transform((text, context): unknown => {
        try {
          return JSON.parse(text);
        } catch {
          context.addIssue({ code: 'custom', message: 'must be JSON' });
          return z.NEVER;
        }
      })
      .pipe(schema),
} as const;

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
  SHUTDOWN_TIMEOUT_MS: env
    .int(25_000, 0, 600_000)
    .describe('How long a stopping service waits for open requests, in milliseconds.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('Where traces go (OTLP over HTTP); none are recorded without it.'),
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
  GATEWAY_SIGNING_SECRET: env.list().describe('Secrets of the gateway signature; the first signs, all verify.'),
} as const;

/** Names among `commonSettings` (and of any service) that hold secrets, checked for strength in production. */
const COMMON_SECRETS = ['SERVICE_API_KEY', 'ADMIN_API_KEY', 'GATEWAY_SIGNING_SECRET'] as const;

export interface LoadOptions {
  /** Variables that production cannot start without; each value is checked for strength. */
  readonly secrets?: readonly string[];
}

/**
 * Parses and freezes a service's settings. Empty variables count as absent, as container tools set them so. Throws `ConfigError` naming
 * every variable at fault; values never appear in the message.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
  options: LoadOptions = {},
): Readonly<z.output<S>> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(present);
  const faults = result.success
    ? []
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${describe(issue, present)}`);
  if (present['NODE_ENV'] === 'production')
    faults.push(...weakSecrets(present, [...COMMON_SECRETS, ...(options.secrets ?? [])]));
  if (faults.length > 0 || !result.success)
    throw new ConfigError(`Configuration is not usable.\n  ${faults.join('\n  ')}`);
  return Object.freeze(result.data);
}

function describe(issue: z.core.$ZodIssue, present: Readonly<Record<string, string | undefined>>): string {
  const absent = issue.path.length === 1 && present[String(issue.path[0])] === undefined;
  return issue.code === 'invalid_type' && absent ? 'is not set' : issue.message;
}

function weakSecrets(present: Readonly<Record<string, string | undefined>>, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = present[name];
    if (value === undefined) return [`${name}: is not set, and production needs it`];
    return value.split(',').flatMap((secret) => {
      const fault = weakness(secret.trim());
      return fault === undefined ? [] : [`${name}: ${fault}`];
    });
  });
}

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

/** `DATABASE_URL` with this service's database in place of the named one. */
export function serviceDatabaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.toString();
}
