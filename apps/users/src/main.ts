import {
  createInternalClient,
  createOutboxRelay,
  createRedis,
  createRetentionSweep,
  OUTBOX_RETENTION,
  runService,
  watchDatabaseClock,
  startPeriodicJobs,
} from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { createBackends } from './backends.ts';
import { createSignUpClient, openCreditAccount } from './clients.ts';
import { readConfig } from './config.ts';
import type { Context } from './context.ts';
import { createEraser } from './erasers.ts';
import { consumeEvents } from './events.ts';
import { createExportSources } from './export-sources.ts';
import { startErasureWorker } from './jobs/erasure-worker.ts';
import { openDatabase } from './stores/database.ts';
import { eraseUserKeys } from './stores/redis-erasure.ts';
import { createUserStore } from './stores/user-store.ts';

/** How often what has served its time is removed, in milliseconds. */
const RETENTION_MS = 3_600_000;

await runService({
  service: 'users',
  load: readConfig,
  async prepare(config, tools) {
    const { logger, metrics } = tools;
    const [serviceKey] = config.SERVICE_API_KEY;
    const stepTimeoutMs = config.ERASURE_STEP_TIMEOUT_MS;
    const database = openDatabase(config);
    const clock = watchDatabaseClock(database.sql.query, metrics);
    const redis = createRedis(config.REDIS_URL, logger);
    const relay = createOutboxRelay({ database: database.sql, redisUrl: config.REDIS_URL, logger, metrics });
    const opening = createSignUpClient(config.CREDITS_URL, serviceKey);
    const auth = createInternalClient({
      service: 'auth',
      baseUrl: config.AUTH_URL,
      serviceKey,
      timeoutMs: stepTimeoutMs,
      attemptsMax: 1,
    });
    const credits = createInternalClient({
      service: 'credits',
      baseUrl: config.CREDITS_URL,
      serviceKey,
      timeoutMs: stepTimeoutMs,
      attemptsMax: 1,
    });
    const backends = createBackends(config.erasureWebhooks);
    const exportSources = createExportSources({
      authUrl: config.AUTH_URL,
      creditsUrl: config.CREDITS_URL,
      serviceKey,
      backends,
      lists: config.exportSources,
    });
    const eraseFromRedis = (userId: string, signal: AbortSignal) => eraseUserKeys(redis, userId, signal);
    const erase = createEraser({ auth, credits, backends, eraseFromRedis });
    const worker = startErasureWorker({ database: database.sql, erase, stepTimeoutMs, logger, metrics });
    const sweep = createRetentionSweep({
      query: database.sql.query,
      retentions: [OUTBOX_RETENTION],
      logger,
      metrics,
    });
    const jobs = startPeriodicJobs([{ name: 'retention', everyMs: RETENTION_MS, atStart: true, run: sweep }], logger);
    const users = createUserStore(database);
    const context: Context = {
      config,
      database,
      users,
      relay,
      signUp: {
        users,
        relay,
        signupCredits: config.SIGNUP_CREDITS,
        openAccount: (...user) => openCreditAccount(opening, ...user),
      },
      exportSources,
      erasures: { backends: config.erasureWebhooks.map(({ name }) => name), kick: () => worker.kick() },
    };
    const consumer = consumeEvents(context, tools);
    return {
      handler: createApp({
        config,
        context,
        readiness: {
          required: { database: () => database.sql.query('SELECT 1') },
          optional: { clock: () => clock.check() },
        },
        logger,
        metrics,
      }),
      port: config.USERS_PORT,
      async dispose() {
        await Promise.all([consumer.close(), worker.close(), jobs.close(), relay.close()]);
        await Promise.all([opening, auth, credits, backends, exportSources].map((client) => client.close()));
        redis.disconnect();
        clock.close();
        await database.close();
      },
    };
  },
});
