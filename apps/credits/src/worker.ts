import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { startUpkeep } from './jobs/index.ts';

/** The upkeep without the routes, for deployments that scale the two apart. It answers health and metrics only. */
await runService({
  service: 'credits-worker',
  load: readConfig,
  async prepare(config, tools) {
    const context = createContext(config, tools);
    const stopUpkeep = startUpkeep(config, context, tools);
    return {
      handler: createApp({ config, context, routes: [], ...tools }),
      port: config.CREDITS_WORKER_PORT,
      async dispose() {
        await stopUpkeep();
        await context.close();
      },
    };
  },
});
