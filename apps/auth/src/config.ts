import { z } from 'zod';
import { JWKS_MAX_AGE_SECONDS } from '@turnpike/contracts';
import {
  alertSettings,
  commonSettings,
  ConfigError,
  databaseSettings,
  env,
  loadConfig,
  redisSettings,
  tierSettings,
  tokenSettings,
  trustSettings,
  type DatabaseConfig,
} from '@turnpike/service-kit';
import { accountSettings } from './account/settings.ts';
import { organisationSettings } from './organisations/settings.ts';
import { passwordSettings } from './passwords/settings.ts';
import { providerSettings } from './providers/settings.ts';
import { ACCESS_TOKEN_TTL_SECONDS_MAX } from './tokens/domain/access-token.ts';

/** Longest life of a session, in days: a typo must not make one eternal. */
const SESSION_DAYS_MAX = 400;
/** Shortest key that seals, in bytes: the key size of AES-256. */
const SECRET_BYTES_MIN = 32;
/** What a new key is published for beyond the time verifiers cache the set, in seconds: our own instances read the table in between. */
const KEY_RELOAD_SLACK_SECONDS = 60;
/** Longest grace of a replaced refresh token, in seconds. */
const REFRESH_GRACE_SECONDS_MAX = 30;

const days = (fallback: number) =>
  z.coerce.number({ error: 'must be a number of days' }).positive().max(SESSION_DAYS_MAX).default(fallback);

const isLong = (text: string): boolean => Buffer.byteLength(text) >= SECRET_BYTES_MIN;
const tooShort = `must be at least ${SECRET_BYTES_MIN} bytes long`;

export const settings = z.object({
  ...commonSettings,
  ...trustSettings,
  ...databaseSettings('turnpike_auth'),
  ...redisSettings,
  ...tierSettings,
  AUTH_PORT: env.port(8081).describe('Port to listen on; 0 picks a free one.'),
  USERS_URL: env.url('http://127.0.0.1:8082').describe('Internal address of the users service.'),
  AUTH_ENCRYPTION_KEY: env
    .list()
    .pipe(z.array(z.string()).min(1, 'is not set'))
    .refine((keys) => keys.every(isLong), tooShort)
    .meta({
      description: 'Key-encryption keys: seal signing keys and provider tokens. The first seals, all open.',
      secret: 'required',
    }),
  ...tokenSettings,
  JWT_ISSUER: z.string().trim().min(1, 'must not be empty').default('turnpike').describe('`iss` of access tokens.'),
  JWT_AUDIENCE: z.string().trim().min(1, 'must not be empty').default('turnpike').describe('`aud` of access tokens.'),
  ACCESS_TOKEN_TTL_SECONDS: env
    .int(ACCESS_TOKEN_TTL_SECONDS_MAX, 1, ACCESS_TOKEN_TTL_SECONDS_MAX)
    .describe('Life of an access token, in seconds.'),
  REFRESH_TOKEN_TTL_DAYS: days(30).describe(
    'Life of a session from its sign-in, in days; refreshing never extends it.',
  ),
  SESSION_IDLE_TTL_DAYS: days(14).describe('Life of a session that is not refreshed, in days.'),
  REFRESH_GRACE_SECONDS: env
    .int(REFRESH_GRACE_SECONDS_MAX, 0, REFRESH_GRACE_SECONDS_MAX)
    .describe('How long a replaced refresh token is answered with its successor, in seconds.'),
  SIGNING_KEY_ROTATION_DAYS: days(30).describe('Age at which a signing key is replaced, in days.'),
  SIGNING_KEY_PUBLISH_SECONDS: env
    .int(600, JWKS_MAX_AGE_SECONDS + KEY_RELOAD_SLACK_SECONDS, 86_400)
    .describe('How long a new key is published before it signs, in seconds; longer than verifiers cache the key set.'),
  ...accountSettings,
  ...passwordSettings,
  ...organisationSettings,
  ...alertSettings,
  ...providerSettings,
  AUDIT_RETENTION_DAYS: env.int(400, 1, 3_650).describe('How long audit events are kept, in days.'),
  DEMO_LOGIN_ENABLED: env
    .flag(false)
    .describe('Allows the demo sign-in in production; elsewhere it is on unless this is false.'),
});

const commandSettings = settings.pick({
  NODE_ENV: true,
  DATABASE_URL: true,
  DATABASE_NAME: true,
  DATABASE_POOL_MAX: true,
  DATABASE_TIMEOUT_MS: true,
  EMAIL_VERIFICATION: true,
});

export type Config = Readonly<z.output<typeof settings>> & {
  /** Whether `POST /api/v1/auth/demo` answers. */
  readonly demoLogin: boolean;
  /** Whether `POST /api/v1/auth/dev/token` answers. */
  readonly devTokens: boolean;
  /** Whether there is no account before its address is proven. */
  readonly emailVerification: boolean;
  /** Second part of new API keys. */
  readonly apiKeyEnvironment: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads auth's settings. Throws `ConfigError` naming each variable at fault. The only place that reads the process's environment. */
export function readConfig(environment: Environment = process.env): Config {
  refuseBlank(environment, ['JWT_ISSUER', 'JWT_AUDIENCE']);
  const production = environment['NODE_ENV'] === 'production';
  const hs256 = environment['JWT_ALGORITHM'] === 'HS256';
  // AUTH_PORT where several services share an environment, PORT where a platform gives each its own.
  const config = loadConfig(settings, { ...environment, AUTH_PORT: environment['AUTH_PORT'] || environment['PORT'] });
  if (hs256 && config.JWT_SECRET_KEY === undefined)
    throw new ConfigError('JWT_SECRET_KEY: is not set, and HS256 needs it');
  if (production && config.AUTH_REDIRECT_URIS.length > 0 && config.PUBLIC_URL === undefined) {
    throw new ConfigError('PUBLIC_URL: is not set, and browser sign-ins (AUTH_REDIRECT_URIS) need it in production');
  }
  const demoSetting = environment['DEMO_LOGIN_ENABLED'];
  return Object.freeze({
    ...config,
    demoLogin: production || demoSetting ? config.DEMO_LOGIN_ENABLED : true,
    devTokens: !production,
    emailVerification: verifiesAddresses(config),
    apiKeyEnvironment: config.API_KEY_ENVIRONMENT ?? (production ? 'live' : 'test'),
  });
}

/** What a command that works on the database alone needs. */
export type CommandConfig = DatabaseConfig & {
  readonly NODE_ENV: string;
  /** Whether an address that nobody has proven names an account: where accounts are opened without a proof. */
  readonly unprovenAddresses: boolean;
};

/** Reads the settings of such a command. Throws like `readConfig`. */
export function readCommandConfig(environment: Environment = process.env): CommandConfig {
  const config = loadConfig(commandSettings, environment);
  return Object.freeze({ ...config, unprovenAddresses: !verifiesAddresses(config) });
}

function verifiesAddresses({ NODE_ENV, EMAIL_VERIFICATION }: z.output<typeof commandSettings>): boolean {
  return (EMAIL_VERIFICATION ?? (NODE_ENV === 'production' ? 'required' : 'off')) === 'required';
}

/** An empty variable counts as absent elsewhere; an issuer or audience that somebody set to nothing is a mistake to be told of. */
function refuseBlank(environment: Environment, names: readonly string[]): void {
  const blank = names.filter((name) => environment[name]?.trim() === '');
  if (blank.length > 0) throw new ConfigError(blank.map((name) => `${name}: must not be empty`).join('\n'));
}
