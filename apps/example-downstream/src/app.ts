import express, { type Express } from 'express';
import { requireAdminKey, requireServiceKey, verifyGatewaySignature } from '@turnpike/downstream-kit';
import { createServiceApp, ServiceKeys, type Metrics } from '@turnpike/service-kit';
import { vendors } from '@turnpike/stand-in-vendors';
import { acceptedServiceKeys } from './config.ts';
import type { Context } from './context.ts';
import { gatewayRoutes, momentRoutes } from './routes/index.ts';

/** Paths that holders of a service key may call without the gateway. All others need the gateway's signature. */
const DIRECT = /^\/api\/v1\/(?:moments|generate|bulk-generate|stats)(?:\/|$)/;

/** The example as an Express app: the downstream kit's checks first, as any backend would add them, then the routes. */
export function createApp(context: Context, metrics: Metrics): Express {
  const { config, database, logger } = context;
  const serviceKeys = acceptedServiceKeys(config);
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.get('/', (_request, response) => void response.json({ service: 'turnpike-example', docs: 'docs/downstream.md' }));
  // Vendors of language models know nothing of the gateway; they have keys of their own.
  if (config.EXAMPLE_SIMULATE) app.use('/stand-ins', vendors());
  app.use(requireServiceKey(serviceKeys));
  const signed = verifyGatewaySignature(config.GATEWAY_SIGNING_SECRET);
  app.use((request, response, next) => (DIRECT.test(request.path) ? next() : signed(request, response, next)));
  app.use('/api/v1/bulk-generate', requireAdminKey(config.ADMIN_API_KEY));
  app.use(
    createServiceApp({
      service: 'turnpike-example',
      version: config.SERVICE_VERSION,
      routes: [...gatewayRoutes(context), ...momentRoutes(context)],
      keys: {
        serviceKeys: new ServiceKeys(
          serviceKeys.map((value) => ({
            value,
            caller: { name: 'gateway', grants: new Set(['act_as_user', 'gateway']) },
          })),
        ),
        adminKeys: config.ADMIN_API_KEY,
        gatewaySecrets: config.GATEWAY_SIGNING_SECRET,
      },
      readiness: { required: { database: () => database.query('SELECT 1') } },
      logger,
      metrics,
      checkResponses: config.NODE_ENV !== 'production',
    }),
  );
  return app;
}
