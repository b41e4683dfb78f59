import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { startJobs } from './jobs/index.ts';

await runService({
  service: 'llm',
  load: () => readConfig(),
  prepare(config, tools) {
    const context = createContext(config, tools);
    const jobs = startJobs(context, tools);
    return Promise.resolve({
      handler: createApp(context, tools.metrics),
      port: config.LLM_PORT,
      // Bodies are large, and come at the client's pace; the edge bounds that.
      requestTimeoutMs: 300_000,
      async dispose() {
        await jobs.close();
        await context.close();
      },
    });
  },
});
