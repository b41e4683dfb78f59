import { createRetentionSweep, startPeriodicJobs, type Retention, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { startIngestion } from '../ingestion/start-ingestion.ts';
import type { CopiedUnit } from '../records/copying/copyable-store.ts';
import { keptSince, SUMS_DAYS } from '../records/kept-since.ts';
import { createComparison } from './compare-charges.ts';

const DAY_SECONDS = 86_400;
/** How often partitions are made and dropped, and small tables are swept, in milliseconds. */
const PARTITIONS_MS = 600_000;
const RETENTION_MS = 3_600_000;

/** A batch may wait on the stream for two days at most before it is stored, so for so long it may come again. */
const RETENTIONS: readonly Retention[] = [
  { table: 'stored_batch', column: 'stored_at', keptSeconds: 3 * DAY_SECONDS },
  // A record that has not come by then never will.
  { table: 'unmatched_call', column: 'stored_at', keptSeconds: 2 * DAY_SECONDS },
  { table: 'unmatched_record', column: 'stored_at', keptSeconds: 2 * DAY_SECONDS },
  { table: 'producer', column: 'seen_at', keptSeconds: 2 * DAY_SECONDS },
  { table: 'unreadable_entry', column: 'seen_at', keptSeconds: 30 * DAY_SECONDS },
  { table: 'imported_day', column: 'imported_at', keptSeconds: (SUMS_DAYS + 31) * DAY_SECONDS },
  { table: 'erased_user', column: 'erased_at', keptSeconds: 3 * DAY_SECONDS },
];

/** Starts the work that goes on beside requests: ingestion, partitions, retention, and the comparison with the ledger. */
export function startJobs(context: Context, tools: ServiceTools): { close(): Promise<void> } {
  const { config, database, store } = context;
  const { logger, metrics } = tools;
  const sweep = createRetentionSweep({ query: database.query, retentions: RETENTIONS, logger, metrics });
  const before = (unit: CopiedUnit): Date => keptSince(unit, config.USAGE_RETENTION_DAYS);
  const keep = async (): Promise<void> => {
    await store.prepare();
    await store.drop({
      recordsBefore: before('record'),
      minutesBefore: before('minute'),
      sumsBefore: before('day'),
    });
  };
  const jobs = startPeriodicJobs(
    [
      { name: 'partitions', everyMs: PARTITIONS_MS, atStart: true, run: keep },
      { name: 'retention', everyMs: RETENTION_MS, atStart: true, run: sweep },
      { name: 'comparison', everyMs: config.USAGE_COMPARE_MS, atStart: false, run: createComparison(context, metrics) },
    ],
    logger,
  );
  const ingestion = config.USAGE_INGEST ? startIngestion(context, tools) : undefined;
  return {
    async close() {
      await Promise.all([ingestion?.close(), jobs.close()]);
    },
  };
}
