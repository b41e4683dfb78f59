import { runService } from '@turnpike/service-kit';
import { readConfig } from './config.ts';
import { createApp } from './server/app.ts';
import { createContext } from './server/context.ts';

await runService({
  service: 'console',
  load: () => readConfig(),
  prepare(config, tools) {
    const context = createContext(config, tools);
    return Promise.resolve({
      handler: createApp(context, tools),
      port: config.CONSOLE_PORT,
      metricsPort: config.CONSOLE_METRICS_PORT,
      dispose: () => context.close(),
    });
  },
});
