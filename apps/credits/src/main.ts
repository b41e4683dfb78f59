import { runService } from '@turnpike/service-kit';
import { createApp, keysOf } from './app.ts';
import { readConfig, readPlans, readPrices } from './config.ts';
import { createContext, takeOverLists } from './context.ts';
import { startMaintenance } from './jobs/index.ts';
import { routes } from './routes/index.ts';

await runService({
  service: 'credits',
  load: () => {
    const config = readConfig();
    return { ...config, lists: { prices: readPrices(config.PRICES_FILE), plans: readPlans(config.PLANS_FILE) } };
  },
  async prepare(config, tools) {
    const context = createContext(config, tools);
    await takeOverLists(context, config.lists);
    const stopMaintenance = config.JOBS_IN_SERVICE ? startMaintenance(config, context, tools) : undefined;
    return {
      handler: createApp({ config, context, routes: routes(context), keys: keysOf(config), ...tools }),
      port: config.CREDITS_PORT,
      async dispose() {
        await stopMaintenance?.();
        await context.close();
      },
    };
  },
});
