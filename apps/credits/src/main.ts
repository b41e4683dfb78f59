import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createContext, takeOverLists } from './context.ts';
import { startJobs } from './jobs/index.ts';

await runService({
  service: 'credits',
  load: () => readConfig(),
  async prepare(config, tools) {
    const context = createContext(config, tools);
    await takeOverLists(context);
    const jobs = config.JOBS_IN_SERVICE ? startJobs(context, tools) : undefined;
    return {
      handler: createApp(context, tools.metrics),
      port: config.CREDITS_PORT,
      async dispose() {
        await jobs?.close();
        await context.close();
      },
    };
  },
});
