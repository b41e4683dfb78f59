import { createOutboxRelay, runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { createGrantClient, grantSignUpCredits } from './clients.ts';
import { readConfig } from './config.ts';
import { openDatabase } from './stores/database.ts';
import { createUserStore } from './stores/user-store.ts';

await runService({
  service: 'users',
  load: readConfig,
  async prepare(config, { logger, metrics }) {
    const [serviceKey] = config.SERVICE_API_KEY;
    const database = openDatabase(config);
    const relay = createOutboxRelay({ database: database.sql, redisUrl: config.REDIS_URL, logger, metrics });
    const credits = createGrantClient(config.CREDITS_URL, serviceKey);
    const users = createUserStore(database.prisma);
    const signUp = {
      users,
      relay,
      signupCredits: config.SIGNUP_CREDITS,
      grantCredits: (userId: string, amount: number) => grantSignUpCredits(credits, userId, amount),
    };
    return {
      handler: createApp({
        config,
        context: { users, relay, signUp },
        readiness: { database: () => database.sql.query('SELECT 1') },
        logger,
        metrics,
      }),
      port: config.USERS_PORT,
      async dispose() {
        await relay.close();
        await credits.close();
        await database.close();
      },
    };
  },
});
