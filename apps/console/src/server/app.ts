import express, { type Express, type RequestHandler } from 'express';
import { addHealthRoutes, AppError, type ServiceTools } from '@turnpike/service-kit';
import { readRoutes } from './api/reads.ts';
import { apiRoutes } from './api/routes.ts';
import type { Context } from './context.ts';
import { errorHandler, requestIdOf } from './errors.ts';
import { downloadRoutes } from './exports/routes.ts';
import { pageRoutes } from './pages/routes.ts';
import { securityHeaders } from './security/headers.ts';
import { readByOwnPages, sameOriginOnly } from './security/same-origin.ts';
import { Cookies } from './sessions/cookies.ts';
import { providerRoutes } from './sign-in/provider-routes.ts';
import { sessionRoutes, ticketRoute } from './sign-in/routes.ts';

/**
 * The console's HTTP application: pages, sessions, and the gateway's operations behind them. No body is read before `/api`, so that requests pass
 * byte for byte.
 */
export function createApp(context: Context, { logger, metrics }: ServiceTools): Express {
  const { config } = context;
  const secure = config.CONSOLE_URL?.startsWith('https:') ?? false;
  const cookies = new Cookies(secure);
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', config.TRUSTED_PROXIES);
  app.use(observed(metrics), securityHeaders(secure));
  addHealthRoutes(app, {
    service: 'turnpike-console',
    version: config.SERVICE_VERSION,
    readiness: {
      required: { redis: context.checkStore },
      optional: { edge: () => context.gateway.methods({ address: '127.0.0.1', userAgent: undefined }) },
    },
  });
  app.post('/session/tickets', ...ticketRoute(context));
  app.use(sameOriginOnly(config.CONSOLE_URL));
  app.use(['/session', '/reads', '/api', '/downloads'], readByOwnPages);
  app.use('/session', noStore, sessionRoutes(context, cookies));
  app.use('/reads', noStore, readRoutes(context, cookies, { logger, metrics }));
  app.use('/api', noStore, apiRoutes(context, cookies, logger));
  if (config.CONSOLE_PARTS.includes('portal')) app.use('/downloads', noStore, downloadRoutes(context, cookies, logger));
  app.use('/sign-in', noStore, providerRoutes(context, cookies));
  app.use(pageRoutes(context));
  app.use(() => {
    throw new AppError('route.not_found', { detail: 'There is nothing at this path.' });
  });
  app.use(errorHandler(logger));
  return app;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** Counts and times each answer, by operation and never by path. */
function observed(metrics: ServiceTools['metrics']): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    response.setHeader('X-Request-ID', requestIdOf(request));
    response.on('close', () => {
      const { operation } = response.locals as { operation?: string };
      const route = operation ?? (request.path.startsWith('/assets/') ? 'assets' : 'pages');
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.observeRequest({ route, method: request.method, status }, (performance.now() - startedMs) / 1_000);
    });
    next();
  };
}
