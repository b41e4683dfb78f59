import { llmHealth } from '@turnpike/contracts';
import { route, type Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

/** The endpoints beside the vendors' own APIs. */
export function routes({ config }: Context): Route[] {
  return [
    route(llmHealth, () =>
      Promise.resolve({
        status: 200,
        body: { status: 'healthy', service: 'llm-gateway', version: config.SERVICE_VERSION },
      }),
    ),
  ];
}
