import { createRetentionSweep, OUTBOX_RETENTION, startPeriodicJobs, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { consumeEvents } from '../events.ts';

/** How often what has served its time is removed, in milliseconds. */
const RETENTION_MS = 3_600_000;

/** Starts the work that goes on beside requests: the events of other services, the steps of erasures, and retention. */
export function startJobs(context: Context, tools: ServiceTools): { close(): Promise<void> } {
  const { database, erasures } = context;
  const { logger, metrics } = tools;
  const sweep = createRetentionSweep({ query: database.query, retentions: [OUTBOX_RETENTION], logger, metrics });
  const periodic = startPeriodicJobs([{ name: 'retention', everyMs: RETENTION_MS, atStart: true, run: sweep }], logger);
  const consumer = consumeEvents(context, tools);
  erasures.start();
  return {
    async close() {
      await Promise.all([consumer.close(), erasures.close(), periodic.close()]);
    },
  };
}
