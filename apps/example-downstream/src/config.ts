import { z } from 'zod';
import { commonSettings, databaseSettings, env, gatewaySettings, loadConfig } from '@turnpike/service-kit';

const settings = z.object({
  ...commonSettings,
  ...gatewaySettings,
  ...databaseSettings('turnpike_example'),
  DOWNSTREAM_PORT: env.port(8090).describe('Port of this service, default 8090.'),
  SERVICE_API_KEY: env.list().describe('Keys of callers that come without the gateway. None by default.'),
  ADMIN_API_KEY: env.list().describe('Keys of its operators, for bulk generation. Empty: 403.'),
  FLASH_SERVICE_KEY: env.list().describe('Keys with which the gateway calls Flash, for which this example stands in.'),
  CLOCKCHAIN_SERVICE_KEY: env.list().describe('The same for Clockchain.'),
  BILLING_SERVICE_KEY: env.list().describe('The same for Billing.'),
  GENERATION_STEP_MS: env
    .int(20, 0, 60_000)
    .describe('How long each step of a rendering takes, in milliseconds. Default 20.'),
  EXAMPLE_SIMULATE: env
    .flag(false)
    .describe('Heed `simulate` in request bodies: errors, slowness, broken responses, costs. Default false.'),
});

/** Secrets of production's that may be missing, as nobody may call then, but not weak. */
const OPTIONAL_SECRETS = [
  'SERVICE_API_KEY',
  'ADMIN_API_KEY',
  'FLASH_SERVICE_KEY',
  'CLOCKCHAIN_SERVICE_KEY',
  'BILLING_SERVICE_KEY',
];

export type Config = z.output<typeof settings>;

/** Settings of the example; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(): Config {
  // DOWNSTREAM_PORT where several services share an environment, PORT where a platform gives each its own.
  return loadConfig(
    settings,
    { ...process.env, DOWNSTREAM_PORT: process.env['DOWNSTREAM_PORT'] || process.env['PORT'] },
    { optionalSecrets: OPTIONAL_SECRETS },
  );
}

/** Every key under which a caller may come: the example stands in for several backends, each of which has its own. */
export function acceptedServiceKeys(config: Config): readonly string[] {
  const { SERVICE_API_KEY, FLASH_SERVICE_KEY, CLOCKCHAIN_SERVICE_KEY, BILLING_SERVICE_KEY } = config;
  return [...SERVICE_API_KEY, ...FLASH_SERVICE_KEY, ...CLOCKCHAIN_SERVICE_KEY, ...BILLING_SERVICE_KEY];
}
