import { createRetentionSweep, startPeriodicJobs, type Retention, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { followChanges } from '../policies/follow-changes.ts';

const DAY_SECONDS = 86_400;
const RETENTION_MS = 3_600_000;
/** How long a person who was erased is remembered as such, in days: longer than anything of theirs can be under way. */
const ERASED_DAYS = 3;

/** Starts the work that goes on beside requests. */
export function startJobs(
  { config, database, tools }: Context,
  { logger, metrics }: ServiceTools,
): { close(): Promise<void> } {
  const keptSeconds = config.LLM_VIOLATIONS_RETENTION_DAYS * DAY_SECONDS;
  const retentions: readonly Retention[] = [
    { table: 'violation', column: 'created_at', keptSeconds },
    { table: 'policy', column: 'deleted_at', keptSeconds, condition: 'deleted_at IS NOT NULL' },
    { table: 'erased_user', column: 'erased_at', keptSeconds: ERASED_DAYS * DAY_SECONDS },
  ];
  const sweep = createRetentionSweep({ query: database.query, retentions, logger, metrics });
  const jobs = startPeriodicJobs([{ name: 'retention', everyMs: RETENTION_MS, atStart: true, run: sweep }], logger);
  const following = followChanges(database, tools.policySets, logger);
  return {
    async close() {
      await Promise.all([jobs.close(), following.close()]);
    },
  };
}
