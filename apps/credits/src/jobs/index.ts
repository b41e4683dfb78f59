import { createEventConsumer, createOutboxRelay, createRetentionSweep, type ServiceTools } from '@turnpike/service-kit';
import { reconcile } from '../billing/stripe/events.ts';
import { sweepSubscriptions } from '../billing/sweep.ts';
import type { WorkerContext } from '../context.ts';
import { openForVerification } from '../stores/database.ts';
import { createVerificationStore } from '../stores/verification-store.ts';
import { ownerEvents } from './owner-events.ts';
import { RETENTIONS } from './retentions.ts';
import { scheduleJobs, type RunningJobs } from './schedule.ts';
import { jobTable } from './table.ts';

/** Starts everything that runs beside requests: scheduled maintenance, the outbox relay, the event consumer. */
export function startJobs(context: WorkerContext, { logger, metrics }: ServiceTools): RunningJobs {
  const { config } = context;
  const redisUrl = config.REDIS_URL;
  const relay = createOutboxRelay({ database: context.database.sql, redisUrl, logger, metrics });
  context.outbox.kick = () => relay.kick();
  const consumer = createEventConsumer({
    consumer: 'credits',
    redisUrl,
    handlers: ownerEvents(context),
    logger,
    metrics,
  });
  const verifying = openForVerification(config);
  const sweep = createRetentionSweep({
    query: context.database.query,
    retentions: RETENTIONS,
    logger,
    metrics,
  });
  const jobs = scheduleJobs({
    jobs: jobTable(config, {
      maintenance: context.maintenance,
      verification: createVerificationStore(verifying),
      sweep,
      sweepSubscriptions: () => sweepSubscriptions(context),
      reconcile: async (signal) => void (context.stripe && (await reconcile(context.stripe, signal))),
      logger,
    }),
    redisUrl,
    logger,
    metrics,
  });
  return {
    async close() {
      await Promise.all([jobs.close(), consumer.close(), relay.close()]);
      await verifying.close();
    },
  };
}
