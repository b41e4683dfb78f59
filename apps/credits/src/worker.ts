import { runService } from '@turnpike/service-kit';
import { createWorkerApp } from './app.ts';
import { readWorkerConfig } from './config.ts';
import { createWorkerContext } from './context.ts';
import { startJobs } from './jobs/index.ts';

/** Maintenance without the routes, for deployments that scale the two apart. It serves health and metrics only. */
await runService({
  service: 'credits-worker',
  load: () => readWorkerConfig(),
  prepare(config, tools) {
    const context = createWorkerContext(config, tools);
    const jobs = startJobs(context, tools);
    return Promise.resolve({
      handler: createWorkerApp(context, tools.metrics),
      port: config.CREDITS_WORKER_PORT,
      async dispose() {
        await jobs.close();
        await context.close();
      },
    });
  },
});
