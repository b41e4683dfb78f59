import { z } from 'zod';
import { commonSettings, databaseSettings, env, gatewaySettings, loadConfig } from '@turnpike/service-kit';

export const settings = z.object({
  ...commonSettings,
  ...gatewaySettings,
  ...databaseSettings('turnpike_example'),
  DOWNSTREAM_PORT: env.port(8090).describe('Port of this service.'),
  SERVICE_API_KEY: env
    .list()
    .meta({ description: 'Keys of callers that come without the gateway.', secret: 'optional' }),
  ADMIN_API_KEY: env
    .list()
    .meta({ description: 'Keys of its operators, for bulk generation. Empty: 403.', secret: 'optional' }),
  FLASH_SERVICE_KEY: env.list().meta({
    description: 'Keys with which the gateway calls Flash, for which this example stands in.',
    secret: 'optional',
  }),
  CLOCKCHAIN_SERVICE_KEY: env.list().meta({ description: 'The same for Clockchain.', secret: 'optional' }),
  BILLING_SERVICE_KEY: env.list().meta({ description: 'The same for Billing.', secret: 'optional' }),
  GENERATION_STEP_MS: env.int(20, 0, 60_000).describe('How long each step of a rendering takes, in milliseconds.'),
  EXAMPLE_SIMULATE: env
    .flag(false)
    .describe(
      'Heed `simulate` in request bodies: errors, slowness, broken responses, costs; and answer in the place of vendors of language models, under /stand-ins.',
    ),
});

export type Config = z.output<typeof settings>;

/** Settings of the example; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  // DOWNSTREAM_PORT where several services share an environment, PORT where a platform gives each its own.
  return loadConfig(settings, {
    ...environment,
    DOWNSTREAM_PORT: environment['DOWNSTREAM_PORT'] || environment['PORT'],
  });
}

/** Every key under which a caller may come: the example stands in for several backends, each of which has its own. */
export function acceptedServiceKeys(config: Config): readonly string[] {
  const { SERVICE_API_KEY, FLASH_SERVICE_KEY, CLOCKCHAIN_SERVICE_KEY, BILLING_SERVICE_KEY } = config;
  return [...SERVICE_API_KEY, ...FLASH_SERVICE_KEY, ...CLOCKCHAIN_SERVICE_KEY, ...BILLING_SERVICE_KEY];
}
