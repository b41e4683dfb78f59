import { hash, scryptSync } from 'node:crypto';
import path from 'node:path';
import { databaseOf, withLogin } from '@turnpike/migrate';
import type { PortVariable, StackConfig } from '../config.ts';
import type { Secrets } from '../secrets.ts';
import { consoleService, serviceRows } from './services.ts';
import type { ServiceSpec } from './services.ts';

/** Stopping services wait this long for open requests; shorter than in production, since somebody waits at a terminal. */
const shutdownTimeoutMs = 3_000;
const PASSWORD_BYTES = 32;

/** What the stack has settled before its services start. */
export interface Settled {
  readonly ports: Readonly<Record<PortVariable, number>>;
  readonly secrets: Secrets;
  /** How each service connects to its database (`serviceDatabaseUrls`). */
  readonly databaseUrls: Readonly<Record<string, string>>;
  /** Redis, as services may use it. */
  readonly redisUrl: string;
  readonly smtpUrl: string;
}

/** Names of variables that hold secrets, as far as nobody lists them. */
const SECRET_NAME = /_(KEY|SECRET|PASSWORD|TOKEN|CREDENTIALS|DATABASE_URL)$/;
const LISTED: ReadonlySet<string> = new Set([...serviceRows.flat(), consoleService].flatMap(({ secrets }) => secrets));

/**
 * The environment of one service. What was set from outside wins, except for where things listen and lie; of secrets a
 * service holds its own only, as in production, so that what it lacks shows here first.
 */
export function serviceEnvironment(service: ServiceSpec, config: StackConfig, settled: Settled): NodeJS.ProcessEnv {
  const { secrets, ports } = settled;
  const known: NodeJS.ProcessEnv = {
    ...defaults(config, ports),
    ...setValues(config.environment),
    ...secrets,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    SMTP_URL: settled.smtpUrl,
  };
  return {
    ...Object.fromEntries(Object.entries(known).filter(([name]) => isFor(service, name, secrets))),
    ...Object.fromEntries((service.checks ?? []).map((name) => [name, digestsOf(secrets[name])])),
    ...(service.database && { DATABASE_URL: settled.databaseUrls[databaseOf(service.database).urlVariable] }),
    ...(service.redis ? { REDIS_URL: settled.redisUrl } : {}),
    HOST: service.portVariable === 'EDGE_PORT' ? config.environment['HOST'] : '127.0.0.1',
  };
}

/**
 * How each service connects to its database, by the variable that tells the migrator. Passwords are made of the server's, by a slow hash, so
 * that two stacks on one server give its logins the same ones.
 *
 * @param serverUrl the PostgreSQL server, with the login that migrates
 */
export function serviceDatabaseUrls(serverUrl: string, secrets: Secrets): Record<string, string> {
  const seed = new URL(serverUrl).password || secrets.POSTGRES_PASSWORD;
  return Object.fromEntries(
    serviceRows.flat().flatMap(({ database }) => {
      if (database === undefined) return [];
      // The login is named like the database.
      const { databaseName: login, urlVariable } = databaseOf(database);
      const password = scryptSync(seed, `turnpike login ${login}`, PASSWORD_BYTES).toString('hex');
      return [[urlVariable, withLogin(serverUrl, login, password)]];
    }),
  );
}

function isFor({ secrets: own, others = false }: ServiceSpec, name: string, secrets: Secrets): boolean {
  if (own.includes(name)) return true;
  if (LISTED.has(name) || name in secrets || name === 'DATABASE_URL' || name === 'REDIS_URL') return false;
  return others || !SECRET_NAME.test(name);
}

/** Keys that can be checked with, and not be used. */
function digestsOf(keys: string): string {
  return keys
    .split(',')
    .map((key) => `sha256:${hash('sha256', key.trim())}`)
    .join(',');
}

/** What the stack lays down where nothing else is said. */
function defaults(config: StackConfig, ports: Settled['ports']): NodeJS.ProcessEnv {
  const at = (variable: PortVariable): string => `http://127.0.0.1:${ports[variable]}`;
  const example = at('DOWNSTREAM_PORT');
  const withFlashKey = { service_key_variable: 'FLASH_SERVICE_KEY' };
  return {
    NODE_ENV: 'development',
    // Nobody balances between several of them here.
    SHUTDOWN_DRAIN_MS: '0',
    SHUTDOWN_TIMEOUT_MS: String(shutdownTimeoutMs),
    AUTH_URL: at('AUTH_PORT'),
    USERS_URL: at('USERS_PORT'),
    CREDITS_URL: at('CREDITS_PORT'),
    USAGE_URL: at('USAGE_PORT'),
    LLM_URL: at('LLM_PORT'),
    EDGE_URL: at('EDGE_PORT'),
    AUTH_REDIRECT_URIS: `${at('CONSOLE_PORT')}/sign-in/return`,
    ...standInVendors(config.environment, `${example}/stand-ins`),
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
    STORAGE_DIR: path.join(config.dataDir, 'storage'),
  };
}

/** A vendor of language models without a key is answered for by the example's stand-in, so that every route works without an account anywhere. */
function standInVendors(environment: NodeJS.ProcessEnv, standIns: string): NodeJS.ProcessEnv {
  const key = 'stand-in';
  const azure = { base_url: `${standIns}/azure`, api_key: key, deployments: { 'gpt-4o': 'gpt-4o' } };
  return {
    ...(environment['OPENAI_API_KEY'] ? {} : { OPENAI_API_KEY: key, OPENAI_BASE_URL: `${standIns}/openai` }),
    ...(environment['ANTHROPIC_API_KEY']
      ? {}
      : { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: `${standIns}/anthropic` }),
    ...(environment['GEMINI_API_KEY'] ? {} : { GEMINI_API_KEY: key, GEMINI_BASE_URL: `${standIns}/google` }),
    AZURE_OPENAI_RESOURCES: JSON.stringify({ 'stand-in': azure }),
  };
}

/** Empty counts as unset. What the package manager put in concerns nobody, and PORT or DATABASE_NAME cannot suit five services. */
function setValues(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted = /^(npm_|pnpm_|NODE_OPTIONS$|NODE_CHANNEL|PORT$|DATABASE_NAME$|DATA_DIR$|INIT_CWD$)/i;
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' && !unwanted.test(name)),
  );
}
