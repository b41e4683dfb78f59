import {
  createEventConsumer,
  createOutboxRelay,
  createRetentionSweep,
  IDEMPOTENCY_RETENTION,
  OUTBOX_RETENTION,
  type ServiceTools,
} from '@turnpike/service-kit';
import type { WorkerConfig } from '../config.ts';
import type { WorkerContext } from '../context.ts';
import { openForVerification } from '../stores/database.ts';
import { createVerificationStore } from '../stores/verification-store.ts';
import { newUsers } from './new-users.ts';
import { startJobs } from './schedule.ts';
import { jobTable } from './table.ts';

/** The ledger tells of every grant, so delivered events are kept for a day, in seconds. */
const OUTBOX_KEPT_SECONDS = 86_400;

/**
 * Starts everything that runs beside requests: scheduled maintenance, the outbox relay, the event consumer. Returns how
 * to stop it.
 */
export function startMaintenance(
  config: WorkerConfig,
  context: WorkerContext,
  { logger, metrics }: ServiceTools,
): () => Promise<void> {
  const redisUrl = config.REDIS_URL;
  const relay = createOutboxRelay({ database: context.database.sql, redisUrl, logger, metrics });
  const consumer = createEventConsumer({
    consumer: 'credits',
    redisUrl,
    handlers: newUsers(context),
    logger,
    metrics,
  });
  const verifying = openForVerification(config);
  const sweep = createRetentionSweep({
    query: context.database.sql.query,
    retentions: [IDEMPOTENCY_RETENTION, { ...OUTBOX_RETENTION, keptSeconds: OUTBOX_KEPT_SECONDS }],
    logger,
    metrics,
  });
  const jobs = startJobs({
    jobs: jobTable(config, {
      maintenance: context.maintenance,
      verification: createVerificationStore(verifying),
      sweep,
      logger,
    }),
    redisUrl,
    logger,
    metrics,
  });
  return async () => {
    await Promise.all([jobs.close(), consumer.close(), relay.close()]);
    await verifying.close();
  };
}
