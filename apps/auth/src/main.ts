import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { ensureSigningKeys, startJobs } from './jobs/index.ts';

await runService({
  service: 'auth',
  load: () => readConfig(),
  async prepare(config, tools) {
    const context = createContext(config, tools);
    await context.clock.refresh();
    await ensureSigningKeys(context);
    const jobs = startJobs(context, tools);
    return {
      handler: createApp(context, tools.metrics),
      port: config.AUTH_PORT,
      async dispose() {
        await jobs.close();
        await context.close();
      },
    };
  },
});
