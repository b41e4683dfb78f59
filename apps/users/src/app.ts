import { createServiceApp, optionsFrom, type Metrics, type ServiceApp } from '@turnpike/service-kit';
import type { Context } from './context.ts';
import { routes } from './routes/index.ts';

/** The service's HTTP application over a context. */
export function createApp(context: Context, metrics: Metrics): ServiceApp {
  const { clock, config, database, logger } = context;
  return createServiceApp({
    ...optionsFrom(config),
    service: 'turnpike-users',
    routes: routes(context),
    readiness: {
      required: { database: () => database.query('SELECT 1') },
      optional: { clock: () => clock.check() },
    },
    logger,
    metrics,
  });
}
