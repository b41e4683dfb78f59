import { llmProviderOf } from '@turnpike/contracts';
import { createServiceApp, optionsFrom, sentPath, type Metrics, type ServiceApp } from '@turnpike/service-kit';
import { createProxy } from './calls/proxy.ts';
import type { Context } from './context.ts';
import { routes } from './routes/index.ts';

/** The service's HTTP application over a context: the vendors' own APIs, and beside them the endpoints of contracts. */
export function createApp(context: Context, metrics: Metrics): ServiceApp {
  const { config, readiness, tools } = context;
  const options = optionsFrom(config);
  const keys = { ...options.keys, onStaleSignature: (): void => metrics.countStaleSignature() };
  const proxy = createProxy({ ...tools, keys });
  const serve = createServiceApp({
    ...options,
    service: 'turnpike-llm',
    routes: routes(context),
    readiness,
    logger: tools.logger,
    metrics,
  });
  return (request, response) => {
    if (llmProviderOf(sentPath(request)) === undefined) serve(request, response);
    else proxy(request, response);
  };
}
