import { llmHealth } from '@turnpike/contracts';
import { route, type Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { eraseLlmRoute } from './erase-llm.ts';
import { exportLlmRoute } from './export-llm.ts';

/** The endpoints beside the vendors' own APIs. */
export function routes(context: Context): Route[] {
  const { config } = context;
  return [
    route(llmHealth, () =>
      Promise.resolve({
        status: 200,
        body: { status: 'healthy', service: 'llm-gateway', version: config.SERVICE_VERSION },
      }),
    ),
    eraseLlmRoute(context),
    exportLlmRoute(context),
  ];
}
