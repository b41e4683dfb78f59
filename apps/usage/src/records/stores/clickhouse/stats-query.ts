import { z } from 'zod';
import {
  BUCKETS,
  GROUPS_MAX,
  NOTHING,
  plus,
  type GroupBy,
  type StatsAnswer,
  type StatsQuestion,
  type Sums,
} from '../../../stats/domain/stats.ts';
import { NIL_UUID } from '../../domain/roll-up.ts';
import { isOfTotals, sumsOwnerOf } from '../sums-question.ts';
import type { ClickHouse } from './clickhouse.ts';
import { tableOf } from './tables.ts';

const number = z.coerce.number();
export const histogramRow = z.tuple([z.array(number), z.array(number)]);

export const sumsRow = z.object({
  sum_requests: number,
  sum_errors: number,
  sum_blocked: number,
  sum_charged: z.coerce.bigint(),
  sum_input: number,
  sum_output: number,
  sum_cache_read: number,
  sum_cache_write: number,
  sum_reasoning: number,
  sum_violations: number,
  sum_latency: histogramRow,
  sum_ttft: histogramRow,
});
const bucketRow = sumsRow.extend({ at: z.string() });
const groupRow = sumsRow.extend({ name: z.string() });

/** The sums of the rows that a statement groups. */
export const SUMS = `sum(requests) AS sum_requests, sum(errors) AS sum_errors, sum(blocked) AS sum_blocked, sum(charged_micro) AS sum_charged,
  sum(input_tokens) AS sum_input, sum(output_tokens) AS sum_output, sum(cache_read_tokens) AS sum_cache_read,
  sum(cache_write_tokens) AS sum_cache_write, sum(reasoning_tokens) AS sum_reasoning, sum(violations) AS sum_violations,
  sumMap(latencyMap.bucket, latencyMap.count) AS sum_latency, sumMap(ttftMap.bucket, ttftMap.count) AS sum_ttft`;

/** What a group is named by. */
const NAMES: Readonly<Record<Exclude<GroupBy, 'none'>, string>> = {
  route: 'route',
  key: 'toString(key_id)',
  project: 'toString(project_id)',
  user: 'toString(user_id)',
  status: "concat(toString(status_class), 'xx')",
  model: 'model',
  provider: 'provider',
};

/** Answers a question as `statsOf` of the PostgreSQL store does. */
export async function statsOf(clickHouse: ClickHouse, question: StatsQuestion): Promise<StatsAnswer> {
  const { groupBy } = question;
  const { from, parameters } = sourceOf(clickHouse, question);
  const [buckets, groups] = await Promise.all([
    clickHouse.read(
      bucketRow,
      `SELECT at, ${SUMS} ${from} GROUP BY at HAVING sum_requests != 0 ORDER BY at`,
      parameters,
    ),
    groupBy === 'none'
      ? []
      : clickHouse.read(
          groupRow,
          `SELECT ${NAMES[groupBy]} AS name, ${SUMS} ${from}
            GROUP BY name HAVING sum_requests != 0 ORDER BY sum_requests DESC, name LIMIT ${GROUPS_MAX}`,
          parameters,
        ),
  ]);
  const series = buckets.map((row) => ({ at: new Date(row.at), sums: sumsOf(row) }));
  return {
    totals: series.reduce((all, { sums }) => plus(all, sums), NOTHING),
    series,
    groups: groups.map((row) => ({ key: row.name === NIL_UUID ? '' : row.name, sums: sumsOf(row) })),
  };
}

function sourceOf({ database }: ClickHouse, question: StatsQuestion) {
  const { whose, interval, from, to, keyId, userId, provider, model, statusClass } = question;
  const unit = isOfTotals(question) ? `${interval}_total` : interval;
  const all = [
    'unit = {unit:String} AND owner_id = {owner:UUID}',
    "at >= toDateTime({from:Int64}, 'UTC') AND at < toDateTime({to:Int64}, 'UTC')",
  ];
  const parameters: Record<string, unknown> = {
    unit,
    owner: sumsOwnerOf(whose),
    from: Math.floor(from.getTime() / 1_000),
    to: Math.floor(to.getTime() / 1_000),
  };
  const equals = (column: string, type: string, value: unknown): void => {
    if (value === undefined) return;
    all.push(`${column} = {${column}:${type}}`);
    parameters[column] = value;
  };
  equals('environment', 'String', 'environment' in whose ? whose.environment : undefined);
  equals('user_id', 'UUID', whose.kind === 'member' ? whose.userId : userId);
  equals('key_id', 'UUID', keyId);
  equals('provider', 'String', provider);
  equals('model', 'String', model);
  equals('status_class', 'UInt8', statusClass);
  return { from: `FROM ${database}.${tableOf(unit)} WHERE ${all.join(' AND ')}`, parameters };
}

function sumsOf(row: z.output<typeof sumsRow>): Sums {
  return {
    requests: row.sum_requests,
    errors: row.sum_errors,
    blocked: row.sum_blocked,
    chargedMicro: row.sum_charged,
    inputTokens: row.sum_input,
    outputTokens: row.sum_output,
    cacheReadTokens: row.sum_cache_read,
    cacheWriteTokens: row.sum_cache_write,
    reasoningTokens: row.sum_reasoning,
    violations: row.sum_violations,
    latency: bucketsOf(row.sum_latency),
    ttft: bucketsOf(row.sum_ttft),
  };
}

function bucketsOf([buckets, counts]: z.output<typeof histogramRow>): number[] {
  const all = Array.from({ length: BUCKETS }, () => 0);
  for (const [place, bucket] of buckets.entries()) all[bucket] = counts[place] ?? 0;
  return all;
}
