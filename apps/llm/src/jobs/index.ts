import { createRetentionSweep, startPeriodicJobs, type Retention, type ServiceTools } from '@turnpike/service-kit';
import { createBatchesRound } from '../batches/follow-batches.ts';
import type { Context } from '../context.ts';
import { followChanges } from '../policies/follow-changes.ts';
import { createSpendHoldsSweep } from './end-spend-holds.ts';

const DAY_SECONDS = 86_400;
const RETENTION_MS = 3_600_000;
/** How long a person who was erased is remembered as such, in days: longer than anything of theirs can be under way. */
const ERASED_DAYS = 3;

/** How long what a call or a batch held of its key's limit can be corrected, and the days of which months are summed, in days. */
const KEY_HOLD_DAYS = 10;
const KEY_SPEND_DAYS = 40;
/** How long a response can be named again, in days: vendors keep them for thirty. */
const RESPONSE_DAYS = 31;
/** How long a batch can be asked for after its end, in days. */
const BATCH_DAYS = 31;
const BATCHES_MS_MAX = 5_000;
/** How long a file of Google's, or an upload, can be named, in days: Google keeps files for two. */
const GOOGLE_DAYS = 2;
const SPEND_HOLDS_MS_MAX = 30_000;

/** Starts the work that goes on beside requests. */
export function startJobs(
  { config, credits, database, tools, batchTools }: Context,
  { logger, metrics }: ServiceTools,
): { close(): Promise<void> } {
  const keptSeconds = config.LLM_VIOLATIONS_RETENTION_DAYS * DAY_SECONDS;
  const retentions: readonly Retention[] = [
    { table: 'violation', column: 'created_at', keptSeconds },
    { table: 'policy', column: 'deleted_at', keptSeconds, condition: 'deleted_at IS NOT NULL' },
    { table: 'key_hold', column: 'created_at', keptSeconds: KEY_HOLD_DAYS * DAY_SECONDS },
    { table: 'key_spend', column: 'day', keptSeconds: KEY_SPEND_DAYS * DAY_SECONDS },
    {
      table: 'kept_object',
      column: 'created_at',
      keptSeconds: RESPONSE_DAYS * DAY_SECONDS,
      condition: "kind = 'response'",
    },
    {
      table: 'batch',
      column: 'done_at',
      keptSeconds: BATCH_DAYS * DAY_SECONDS,
      condition: 'done_at IS NOT NULL',
    },
    {
      table: 'kept_object',
      rows: 'kept_object.created_at (google)',
      column: 'created_at',
      keptSeconds: GOOGLE_DAYS * DAY_SECONDS,
      condition: "kind = 'upload' OR (kind = 'file' AND id LIKE 'files/%')",
    },
    { table: 'erased_user', column: 'erased_at', keptSeconds: ERASED_DAYS * DAY_SECONDS },
  ];
  const sweep = createRetentionSweep({ query: database.query, retentions, logger, metrics });
  const checkSeconds = 2 * config.HOLD_TTL_SECONDS;
  const endSpendHolds = createSpendHoldsSweep({ database, credits, logger, checkSeconds });
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
        everyMs: Math.min(BATCHES_MS_MAX, config.LLM_BATCH_POLL_SECONDS * 500),
        atStart: true,
        run: createBatchesRound(batchTools),
      },
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
