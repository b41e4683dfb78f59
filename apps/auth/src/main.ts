import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { loadAuthConfig } from './config.ts';
import { createContext } from './context.ts';
import { consumeEvents } from './events.ts';
import { ensureSigningKeys, startAuthJobs } from './jobs/index.ts';
import { sendMail } from './mail/index.ts';

await runService({
  service: 'auth',
  load: () => loadAuthConfig(),
  async prepare(config, tools) {
    const context = createContext(config, tools);
    await context.clock.refresh();
    await ensureSigningKeys(context);
    const jobs = startAuthJobs(context, tools);
    const consumer = consumeEvents(context, tools);
    const mail = sendMail(context, tools);
    return {
      handler: createApp(context, tools.metrics),
      port: config.AUTH_PORT,
      async dispose() {
        await jobs.close();
        await consumer.close();
        await mail.close();
        await context.close();
      },
    };
  },
});
