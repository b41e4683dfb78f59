import {
  createServiceApp,
  internalSigningSecrets,
  loadServiceKeys,
  type Route,
  type ServiceAppOptions,
  type ServiceTools,
} from '@turnpike/service-kit';
import type { Config, WorkerConfig } from './config.ts';
import type { WorkerContext } from './context.ts';

export interface AppOptions extends ServiceTools {
  readonly config: WorkerConfig;
  readonly context: WorkerContext;
  readonly routes: readonly Route[];
  readonly keys: ServiceAppOptions['keys'];
}

/** What callers of the service are known by. */
export function keysOf(config: Config): ServiceAppOptions['keys'] {
  return {
    serviceKeys: loadServiceKeys(config),
    adminKeys: config.ADMIN_API_KEY,
    gatewaySecrets: internalSigningSecrets(config),
  };
}

/** The credits service as an HTTP application. Nothing connects here. */
export function createApp({ config, context, routes, keys, logger, metrics }: AppOptions) {
  return createServiceApp({
    service: 'turnpike-credits',
    version: config.SERVICE_VERSION,
    routes,
    keys,
    readiness: {
      required: { database: () => context.database.sql.query('SELECT 1') },
      optional: { clock: () => context.clock.check() },
    },
    logger,
    metrics,
    checkResponses: config.NODE_ENV !== 'production',
  });
}
