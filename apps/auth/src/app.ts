import { checkWrites, createServiceApp, optionsFrom, type Metrics, type ServiceApp } from '@turnpike/service-kit';
import type { Context } from './context.ts';
import { routes } from './routes/index.ts';

/** The service's HTTP application over a context. */
export function createApp(context: Context, metrics: Metrics): ServiceApp {
  const { clock, config, database, logger, redis } = context;
  return createServiceApp({
    ...optionsFrom(config),
    service: 'turnpike-auth',
    routes: routes(context),
    readiness: {
      required: { postgres: () => database.query('SELECT 1') },
      // Without Redis codes are not mailed and events wait; whoever signs in, refreshes or is asked about is served.
      optional: { redis: () => checkWrites(redis, 'auth'), clock: () => clock.check() },
    },
    logger,
    metrics,
  });
}
