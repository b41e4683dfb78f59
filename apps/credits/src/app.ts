import {
  createServiceApp,
  internalSigningSecrets,
  loadServiceKeys,
  type Route,
  type ServiceTools,
} from '@turnpike/service-kit';
import type { Config } from './config.ts';
import type { Context } from './context.ts';

export interface AppOptions extends ServiceTools {
  readonly config: Config;
  readonly context: Context;
  readonly routes: readonly Route[];
}

/** The credits service as an HTTP application. Nothing connects here. */
export function createApp({ config, context, routes, logger, metrics }: AppOptions) {
  return createServiceApp({
    service: 'turnpike-credits',
    version: config.SERVICE_VERSION,
    routes,
    keys: {
      serviceKeys: loadServiceKeys(config),
      adminKeys: config.ADMIN_API_KEY,
      gatewaySecrets: internalSigningSecrets(config),
    },
    readiness: { database: () => context.database.sql.query('SELECT 1') },
    logger,
    metrics,
    checkResponses: config.NODE_ENV !== 'production',
  });
}
