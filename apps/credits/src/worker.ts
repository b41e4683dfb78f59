import { runService, ServiceKeys } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readWorkerConfig } from './config.ts';
import { createWorkerContext } from './context.ts';
import { startMaintenance } from './jobs/index.ts';

/** Health and metrics are open to everybody who reaches the port. */
const NO_KEYS = { serviceKeys: new ServiceKeys([]), adminKeys: [], gatewaySecrets: [] };

/** Maintenance without the routes, for deployments that scale the two apart. It serves health and metrics only. */
await runService({
  service: 'credits-worker',
  load: readWorkerConfig,
  async prepare(config, tools) {
    const context = createWorkerContext(config, tools);
    const stopMaintenance = startMaintenance(config, context, tools);
    return {
      handler: createApp({ config, context, routes: [], keys: NO_KEYS, ...tools }),
      port: config.CREDITS_WORKER_PORT,
      async dispose() {
        await stopMaintenance();
        await context.close();
      },
    };
  },
});
