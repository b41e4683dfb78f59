import type { Retention, TableLives } from '@turnpike/service-kit';
import { SUMS_DAYS } from '../records/kept-since.ts';

const DAY_SECONDS = 86_400;

/** A batch may wait on the stream for two days at most before it is stored, so for so long it may come again. */
export const RETENTIONS: readonly Retention[] = [
  { table: 'stored_batch', column: 'stored_at', keptSeconds: 3 * DAY_SECONDS },
  // A record that has not come by then never will.
  { table: 'unmatched_call', column: 'stored_at', keptSeconds: 2 * DAY_SECONDS },
  { table: 'unmatched_record', column: 'stored_at', keptSeconds: 2 * DAY_SECONDS },
  { table: 'producer', column: 'seen_at', keptSeconds: 2 * DAY_SECONDS },
  { table: 'unreadable_entry', column: 'seen_at', keptSeconds: 30 * DAY_SECONDS },
  { table: 'imported_day', column: 'imported_at', keptSeconds: (SUMS_DAYS + 31) * DAY_SECONDS },
  { table: 'charge_comparison', column: 'day', keptSeconds: SUMS_DAYS * DAY_SECONDS },
  // For as long as an hour may wait for its archive.
  { table: 'late_record', column: 'at', keptSeconds: SUMS_DAYS * DAY_SECONDS },
  { table: 'late_batch', column: 'hour', keptSeconds: SUMS_DAYS * DAY_SECONDS },
  { table: 'erased_user', column: 'erased_at', keptSeconds: 3 * DAY_SECONDS },
];

const PARTITIONS = 'the job partitions, every ten minutes, by whole partitions';

/** The tables that the sweep has nothing to do with. */
export const STAYING: TableLives = {
  pending_completion: {
    life: 'until the second store has been told',
    endedBy: 'the ingestion that told it, or the one after',
  },
  pending_erasure: { life: 'until the second store has erased as well', endedBy: 'the erasure' },
  request_record: {
    life: '`USAGE_RETENTION_DAYS` (30), or what its organisation says (`logs.retention_days`)',
    endedBy: `${PARTITIONS}; the job organisations-retention`,
  },
  usage_rollup: { life: `${SUMS_DAYS} days; sums by the minute a few`, endedBy: PARTITIONS },
  usage_traffic: { life: 'a few days', endedBy: PARTITIONS },
};
