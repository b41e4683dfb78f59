import { runService, ServiceKeys } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readWorkerConfig } from './config.ts';
import { createWorkerContext } from './context.ts';
import { startUpkeep } from './jobs/index.ts';

/** Health and metrics are open to everybody who reaches the port. */
const NO_KEYS = { serviceKeys: new ServiceKeys([]), adminKeys: [], gatewaySecrets: [] };

/** The upkeep without the routes, for deployments that scale the two apart. It answers health and metrics only. */
await runService({
  service: 'credits-worker',
  load: readWorkerConfig,
  async prepare(config, tools) {
    const context = createWorkerContext(config, tools);
    const stopUpkeep = startUpkeep(config, context, tools);
    return {
      handler: createApp({ config, context, routes: [], keys: NO_KEYS, ...tools }),
      port: config.CREDITS_WORKER_PORT,
      async dispose() {
        await stopUpkeep();
        await context.close();
      },
    };
  },
});
