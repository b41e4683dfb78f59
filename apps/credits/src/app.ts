import {
  createServiceApp,
  internalSigningSecrets,
  loadServiceKeys,
  ServiceKeys,
  type Metrics,
  type ServiceApp,
  type ServiceAppOptions,
} from '@turnpike/service-kit';
import type { Context, WorkerContext } from './context.ts';
import { routes } from './routes/index.ts';

/** Health and metrics are open to everybody who reaches the port. */
const NO_KEYS = { serviceKeys: new ServiceKeys([]), adminKeys: [], gatewaySecrets: [] };

/** The service's HTTP application over a context. Nothing connects here. */
export function createApp(context: Context, metrics: Metrics): ServiceApp {
  const { config } = context;
  return appOver(context, metrics, {
    routes: routes(context),
    keys: {
      serviceKeys: loadServiceKeys(config),
      adminKeys: config.ADMIN_API_KEY,
      gatewaySecrets: internalSigningSecrets(config),
    },
  });
}

/** A worker's: health and metrics only. */
export function createWorkerApp(context: WorkerContext, metrics: Metrics): ServiceApp {
  return appOver(context, metrics, { routes: [], keys: NO_KEYS });
}

function appOver(
  { clock, config, database, logger }: WorkerContext,
  metrics: Metrics,
  parts: Pick<ServiceAppOptions, 'routes' | 'keys'>,
): ServiceApp {
  return createServiceApp({
    service: 'turnpike-credits',
    version: config.SERVICE_VERSION,
    ...parts,
    readiness: {
      required: { database: () => database.query('SELECT 1') },
      optional: { clock: () => clock.check() },
    },
    logger,
    metrics,
    checkResponses: config.NODE_ENV !== 'production',
  });
}
