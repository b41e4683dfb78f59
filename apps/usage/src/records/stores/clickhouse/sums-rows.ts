import type { RollUp } from '../../domain/roll-up.ts';
import type { ClickHouse } from './clickhouse.ts';
import { SUMS_TABLES, tableOf } from './tables.ts';

/** Adds sums, once under their token. */
export async function insertSums(clickHouse: ClickHouse, sums: readonly RollUp[], token: string): Promise<void> {
  await Promise.all(
    SUMS_TABLES.map((table) => {
      const rows = sums.filter(({ unit }) => tableOf(unit) === table).map((each) => insertedSums(each, ''));
      return clickHouse.insert(table, rows, token);
    }),
  );
}

/** Sums as they are inserted. `origin`: empty for those of a batch, otherwise what copied them. */
export function insertedSums({ latency, ttft, ...sums }: RollUp, origin: string): object {
  return {
    ...sums,
    origin,
    'latencyMap.bucket': [...latency.keys()],
    'latencyMap.count': [...latency.values()],
    'ttftMap.bucket': [...ttft.keys()],
    'ttftMap.count': [...ttft.values()],
  };
}

/** The columns that are summed. */
export const SUMMED = [
  'requests',
  'errors',
  'blocked',
  'charged_micro',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'violations',
  'latencyMap.bucket',
  'latencyMap.count',
  'ttftMap.bucket',
  'ttftMap.count',
] as const;
