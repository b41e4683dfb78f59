import {
  createServiceApp,
  internalSigningSecrets,
  loadServiceKeys,
  type Logger,
  type Metrics,
  type ReadinessChecks,
} from '@turnpike/service-kit';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { routes } from './routes/index.ts';

export interface AppOptions {
  readonly config: Config;
  readonly context: Context;
  readonly readiness: ReadinessChecks;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The users service as an HTTP application. Nothing connects here. */
export function createApp({ config, context, readiness, logger, metrics }: AppOptions) {
  return createServiceApp({
    service: 'turnpike-users',
    version: config.SERVICE_VERSION,
    routes: routes(context),
    keys: {
      serviceKeys: loadServiceKeys(config),
      adminKeys: config.ADMIN_API_KEY,
      gatewaySecrets: internalSigningSecrets(config),
    },
    readiness,
    logger,
    metrics,
    checkResponses: config.NODE_ENV !== 'production',
  });
}
