import { createRetentionSweep, startPeriodicJobs, type ServiceTools } from '@turnpike/service-kit';
import { createBatchesRound } from '../batches/follow-batches.ts';
import type { Context } from '../context.ts';
import { createForgottenSweep } from '../forgotten/delete-forgotten.ts';
import { createForgottenBatchesSweep } from '../forgotten/end-forgotten-batches.ts';
import { followChanges } from '../policies/follow-changes.ts';
import { createSpendHoldsSweep } from './end-spend-holds.ts';
import { retentionsOf } from './retentions.ts';

const RETENTION_MS = 3_600_000;

const BATCHES_MS_MAX = 5_000;
const DELETIONS_MS = 5_000;
const SPEND_HOLDS_MS_MAX = 30_000;

/** Starts the work that goes on beside requests. */
export function startJobs(
  { config, credits, database, tools, batchTools, onDeletion, onDeletionLag }: Context,
  { logger, metrics }: ServiceTools,
): { close(): Promise<void> } {
  const retentions = retentionsOf(config.LLM_VIOLATIONS_RETENTION_DAYS);
  const sweep = createRetentionSweep({ query: database.query, retentions, logger, metrics });
  const deleteForgotten = createForgottenSweep({
    database,
    credentials: tools.credentials,
    vendors: tools.vendors,
    logger,
    onOutcome: onDeletion,
    onLag: onDeletionLag,
  });
  const endForgottenBatches = createForgottenBatchesSweep({ ...batchTools, logger, onOutcome: onDeletion });
  const checkSeconds = 2 * config.HOLD_TTL_SECONDS;
  const endSpendHolds = createSpendHoldsSweep({ database, credits, logger, checkSeconds });
  const batchesMs = Math.min(BATCHES_MS_MAX, config.LLM_BATCH_POLL_SECONDS * 500);
  const jobs = startPeriodicJobs(
    [
      { name: 'retention', everyMs: RETENTION_MS, atStart: true, run: sweep },
      {
        name: 'spend holds',
        everyMs: Math.min(SPEND_HOLDS_MS_MAX, checkSeconds * 500),
        atStart: true,
        run: endSpendHolds,
      },
      {
        name: 'batches',
        everyMs: batchesMs,
        atStart: true,
        run: createBatchesRound(batchTools),
      },
      { name: 'deletions at vendors', everyMs: DELETIONS_MS, atStart: true, run: deleteForgotten },
      { name: 'batches of the erased', everyMs: batchesMs, atStart: true, run: endForgottenBatches },
    ],
    logger,
  );
  const following = followChanges(database, tools.policySets, logger);
  return {
    async close() {
      await Promise.all([jobs.close(), following.close()]);
    },
  };
}
