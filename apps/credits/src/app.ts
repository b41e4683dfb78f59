import {
  createServiceApp,
  optionsFrom,
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
  return appOver(context, metrics, { ...optionsFrom(context.config), routes: routes(context) });
}

/** A worker's: health and metrics only. */
export function createWorkerApp(context: WorkerContext, metrics: Metrics): ServiceApp {
  return appOver(context, metrics, {
    version: context.config.SERVICE_VERSION,
    routes: [],
    keys: NO_KEYS,
    checkResponses: true,
  });
}

function appOver(
  { clock, database, logger }: WorkerContext,
  metrics: Metrics,
  parts: Pick<ServiceAppOptions, 'version' | 'routes' | 'keys' | 'checkResponses'>,
): ServiceApp {
  return createServiceApp({
    service: 'turnpike-credits',
    ...parts,
    readiness: {
      required: { database: () => database.query('SELECT 1') },
      optional: { clock: () => clock.check() },
    },
    logger,
    metrics,
  });
}
