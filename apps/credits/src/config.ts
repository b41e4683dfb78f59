import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  commonSettings,
  ConfigError,
  databaseSettings,
  env,
  isUserTier,
  loadConfig,
  redisSettings,
  trustSettings,
} from '@turnpike/service-kit';
import { appleSettings } from './billing/apple/settings.ts';
import { billingSettings } from './billing/settings.ts';
import { readPlanList, type Plan } from './domain/plans.ts';
import { readPriceList, type PriceEntry } from './domain/price-list.ts';

/** Settings of the `verify` command, which needs the database only. */
const verifySettings = z.object({
  ...databaseSettings('turnpike_credits'),
  SWEEP_HOLDS_MS: env
    .int(1_000, 100, 3_600_000)
    .describe('How often holds that are over are returned, in milliseconds.'),
});

export const settings = z.object({
  ...commonSettings,
  ...trustSettings,
  ...verifySettings.shape,
  ...redisSettings,
  CREDITS_PORT: env.port(8083).describe('Port to listen on; 0 picks a free one.'),
  AUTH_URL: env.url('http://127.0.0.1:8081').describe('Where auth answers, which knows the organisations.'),
  USERS_URL: env.url('http://127.0.0.1:8082').describe('Where users answers.'),
  PRICES_FILE: z
    .string()
    .default(fileURLToPath(new URL('../prices.yaml', import.meta.url)))
    .describe('The price list (YAML), taken over at start.'),
  PLANS_FILE: z
    .string()
    .default(fileURLToPath(new URL('../plans.yaml', import.meta.url)))
    .describe('Plans (YAML), taken over at start.'),
  ...billingSettings,
  ...appleSettings,
  RESERVATION_TTL_SECONDS: env.int(300, 1, 3_600).describe('Life of a hold that does not say, in seconds.'),
  LEDGER_STATEMENTS_MAX: env
    .int(4, 1, 100)
    .describe('Statements of holds and settlements in flight at once; below DATABASE_POOL_MAX.'),
  LEDGER_BATCH_MAX: env.int(64, 1, 500).describe('Calls put together into one statement when a queue forms.'),
  LEDGER_PENDING_MAX: env.int(5_000, 1, 100_000).describe('Calls waiting for a statement; more are answered 503.'),
  LEDGER_WAIT_MS_MAX: env
    .int(2_000, 50, 30_000)
    .describe('How long a call may wait for a statement, in milliseconds; then it is 503.'),
  JOBS_IN_SERVICE: env.flag(true).describe('Run the maintenance jobs in the service; false where separate workers do.'),
  CREDITS_WORKER_PORT: env.port(8183).describe("Port of a worker's health and metrics; 0 picks a free one."),
  SWEEP_GRANTS_MS: env
    .int(10_000, 100, 3_600_000)
    .describe('How often expired credits are taken out, in milliseconds; nobody can spend them meanwhile.'),
  RENEW_MS: env.int(30_000, 100, 3_600_000).describe('How often due allowances are granted, in milliseconds.'),
  VERIFY_MS: env.int(3_600_000, 1_000, 86_400_000).describe('How often all invariants are checked, in milliseconds.'),
});

/** Settings of a worker: it serves no routes and calls no neighbour, so it is given none of the keys. */
export const workerSettings = settings.omit({
  SERVICE_API_KEY: true,
  SERVICE_KEYS_FILE: true,
  ADMIN_API_KEY: true,
  INTERNAL_SIGNING_SECRET: true,
  AUTH_URL: true,
  USERS_URL: true,
  RATE_LIMIT_TIERS: true,
  STRIPE_WEBHOOK_SECRET: true,
  STRIPE_PRICE_PRO: true,
  PLATFORM_APP_ORIGINS: true,
  APPLE_BUNDLE_ID: true,
  APPLE_APP_ID: true,
  APPLE_ENVIRONMENTS: true,
  APPLE_PRODUCTS: true,
  APPLE_ROOT_CERTIFICATES: true,
  APPLE_ONLINE_CHECKS: true,
});

export type WorkerConfig = z.output<typeof workerSettings>;
/** The settings, and the lists that they name. */
export type Config = z.output<typeof settings> & {
  readonly prices: readonly PriceEntry[];
  readonly plans: readonly Plan[];
};
type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of the credits service; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(environment: Environment = process.env): Config {
  // CREDITS_PORT where several services share an environment, PORT where a platform gives each its own.
  const config = loadConfig(settings, {
    ...environment,
    CREDITS_PORT: environment['CREDITS_PORT'] || environment['PORT'],
  });
  if (config.STRIPE_SECRET_KEY !== undefined)
    for (const needed of ['STRIPE_WEBHOOK_SECRET', 'PLATFORM_APP_ORIGINS'] as const)
      if (config[needed].length === 0) throw new ConfigError(`${needed}: is needed with STRIPE_SECRET_KEY`);
  const { APPLE_BUNDLE_ID, APPLE_APP_ID, APPLE_ENVIRONMENTS } = config;
  if (APPLE_BUNDLE_ID !== undefined && APPLE_APP_ID === undefined && APPLE_ENVIRONMENTS.includes('production'))
    throw new ConfigError('APPLE_APP_ID: is needed with APPLE_BUNDLE_ID, unless APPLE_ENVIRONMENTS is sandbox');
  return { ...config, prices: readPrices(config.PRICES_FILE), plans: readPlans(config, environment) };
}

/** Settings of a worker; throws `ConfigError` naming what is wrong. */
export function readWorkerConfig(environment: Environment = process.env): WorkerConfig {
  return loadConfig(workerSettings, environment);
}

/** Settings of the `verify` command; throws `ConfigError` naming what is wrong. */
export function readVerifyConfig(environment: Environment = process.env): z.output<typeof verifySettings> {
  return loadConfig(verifySettings, environment);
}

/** The price list named by `PRICES_FILE`; throws `ConfigError` with one sentence per fault. */
function readPrices(path: string): readonly PriceEntry[] {
  const list = readPriceList(readYaml('PRICES_FILE', path));
  if ('faults' in list) throw new ConfigError(`PRICES_FILE: ${path} is not usable.\n  ${list.faults.join('\n  ')}`);
  return list.entries;
}

/** The plans named by `PLANS_FILE`; throws `ConfigError` with one sentence per fault. */
function readPlans(
  { PLANS_FILE: path, RATE_LIMIT_TIERS: tiers }: z.output<typeof settings>,
  environment: Environment,
): readonly Plan[] {
  const tools = { environment, isTier: (tier: string) => isUserTier(tiers, tier) };
  const list = readPlanList(readYaml('PLANS_FILE', path), tools);
  if ('faults' in list) throw new ConfigError(`PLANS_FILE: ${path} is not usable.\n  ${list.faults.join('\n  ')}`);
  return list.plans;
}

function readYaml(variable: string, path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${variable}: ${path} cannot be read as YAML: ${reason}`, { cause });
  }
}
