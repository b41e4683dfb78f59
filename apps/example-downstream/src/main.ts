import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { startJobs } from './jobs/index.ts';

await runService({
  service: 'example-downstream',
  load: () => readConfig(),
  prepare(config, tools) {
    const context = createContext(config, tools);
    const jobs = startJobs(context);
    return Promise.resolve({
      handler: createApp(context, tools.metrics),
      port: config.DOWNSTREAM_PORT,
      async dispose() {
        await jobs.close();
        await context.close();
      },
    });
  },
});
