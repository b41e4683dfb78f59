import type { PortVariable, StackConfig } from '../config.ts';
import type { Secrets } from '../secrets.ts';

/** Stopping services wait this long for open requests; shorter than in production, since somebody waits at a terminal. */
const shutdownTimeoutMs = 3_000;

/** What the stack has settled before its services start. */
export interface Settled {
  ports: Readonly<Record<PortVariable, number>>;
  secrets: Secrets;
  databaseUrl: string;
  redisUrl: string;
  smtpUrl: string;
}

/**
 * The environment of the services, the same for all: on one machine there is nothing to gain from keeping them apart.
 * Whatever was set from outside wins, except for where things listen and lie, which the stack has settled.
 */
export function serviceEnvironment(config: StackConfig, settled: Settled): NodeJS.ProcessEnv {
  const at = (variable: PortVariable): string => `http://127.0.0.1:${settled.ports[variable]}`;
  const { POSTGRES_PASSWORD: _postgres, REDIS_PASSWORD: _redis, ...secrets } = settled.secrets;
  const example = at('DOWNSTREAM_PORT');
  const withFlashKey = { service_key_variable: 'FLASH_SERVICE_KEY' };
  const defaults = {
    NODE_ENV: 'development',
    SHUTDOWN_TIMEOUT_MS: String(shutdownTimeoutMs),
    AUTH_URL: at('AUTH_PORT'),
    USERS_URL: at('USERS_PORT'),
    CREDITS_URL: at('CREDITS_PORT'),
    // The example stands in for the backends of one's own.
    FLASH_URL: example,
    CLOCKCHAIN_URL: example,
    BILLING_URL: example,
    // What somebody made with the example is in their export, and goes with their account.
    EXPORT_SOURCES: JSON.stringify([
      {
        section: 'timepoints',
        url: `${config.environment['FLASH_URL'] || example}/api/v1/users/me/timepoints`,
        ...withFlashKey,
      },
      { section: 'moments', url: `${example}/api/v1/users/me/moments`, ...withFlashKey },
    ]),
    ERASURE_WEBHOOKS: JSON.stringify([{ name: 'example', url: `${example}/webhooks/erasure`, ...withFlashKey }]),
    EXAMPLE_SIMULATE: 'true',
  };
  const ports = Object.fromEntries(Object.entries(settled.ports).map(([name, port]) => [name, String(port)]));
  return {
    ...defaults,
    ...setValues(config.environment),
    ...secrets,
    ...ports,
    DATABASE_URL: settled.databaseUrl,
    REDIS_URL: settled.redisUrl,
    SMTP_URL: settled.smtpUrl,
  };
}

/** Empty counts as unset. What the package manager put in concerns nobody, and PORT or DATABASE_NAME cannot suit five services. */
function setValues(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted = /^(npm_|pnpm_|NODE_OPTIONS$|NODE_CHANNEL|PORT$|DATABASE_NAME$|DATA_DIR$|INIT_CWD$)/i;
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' && !unwanted.test(name)),
  );
}
