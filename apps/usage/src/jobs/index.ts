import { createRetentionSweep, startPeriodicJobs, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { startIngestion } from '../ingestion/start-ingestion.ts';
import type { CopiedUnit } from '../records/copying/copyable-store.ts';
import { keptSince } from '../records/kept-since.ts';
import { createComparison } from './compare-charges.ts';
import { createRecordRetention } from './record-retention.ts';
import { RETENTIONS } from './retentions.ts';

/** How often partitions are made and dropped, and small tables are swept, in milliseconds. */
const PARTITIONS_MS = 600_000;
const RETENTION_MS = 3_600_000;

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
      {
        name: 'organisations-retention',
        everyMs: config.USAGE_ORGANISATIONS_RETENTION_MS,
        atStart: false,
        run: createRecordRetention(context, metrics),
      },
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
