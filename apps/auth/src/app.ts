import {
  checkWrites,
  createServiceApp,
  internalSigningSecrets,
  loadServiceKeys,
  type Metrics,
  type ServiceApp,
} from '@turnpike/service-kit';
import type { Context } from './context.ts';
import { routes } from './routes/index.ts';

/** The service's HTTP application over a context. */
export function createApp(context: Context, metrics: Metrics): ServiceApp {
  const { config, database, logger, redis } = context;
  return createServiceApp({
    service: 'turnpike-auth',
    version: config.SERVICE_VERSION,
    routes: routes(context),
    keys: {
      serviceKeys: loadServiceKeys(config),
      adminKeys: config.ADMIN_API_KEY,
      gatewaySecrets: internalSigningSecrets(config),
    },
    readiness: {
      postgres: () => database.query('SELECT 1'),
      redis: () => checkWrites(redis, 'auth'),
    },
    logger,
    metrics,
    checkResponses: config.NODE_ENV !== 'production',
  });
}
