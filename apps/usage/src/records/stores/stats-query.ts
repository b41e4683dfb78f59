import { z } from 'zod';
import type { Database } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import {
  BUCKETS,
  GROUPS_MAX,
  NOTHING,
  plus,
  type GroupBy,
  type StatsAnswer,
  type StatsQuestion,
  type Sums,
} from '../../stats/domain/stats.ts';
import { NIL_UUID } from '../domain/roll-up.ts';
import { isOfTotals, sumsOwnerOf } from './sums-question.ts';

const sumsRow = z.object({
  requests: z.bigint(),
  errors: z.bigint(),
  blocked: z.bigint(),
  charged_micro: z.bigint(),
  input_tokens: z.bigint(),
  output_tokens: z.bigint(),
  cache_read_tokens: z.bigint(),
  cache_write_tokens: z.bigint(),
  reasoning_tokens: z.bigint(),
  violations: z.bigint(),
  latency: z.array(z.bigint()),
  ttft: z.array(z.bigint()),
});

const bucketRow = sumsRow.extend({ at: z.date() });
const groupRow = sumsRow.extend({ key: z.string() });

/** The sum of a column of histograms over the rows that a statement groups. */
export function sumOfHistograms(column: 'latency' | 'ttft'): Prisma.Sql {
  const buckets = Array.from(
    { length: BUCKETS },
    (_value, place) => `coalesce(sum(${column}[${place + 1}]), 0)::bigint`,
  );
  return Prisma.raw(`ARRAY[${buckets.join(', ')}]`);
}

/** The sums of the rows that a statement groups. */
const SUMS = Prisma.sql`
  coalesce(sum(requests), 0)::bigint AS requests, coalesce(sum(errors), 0)::bigint AS errors, coalesce(sum(blocked), 0)::bigint AS blocked,
  coalesce(sum(charged_micro), 0)::bigint AS charged_micro, coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
  coalesce(sum(output_tokens), 0)::bigint AS output_tokens, coalesce(sum(cache_read_tokens), 0)::bigint AS cache_read_tokens,
  coalesce(sum(cache_write_tokens), 0)::bigint AS cache_write_tokens, coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning_tokens,
  coalesce(sum(violations), 0)::bigint AS violations,
  ${sumOfHistograms('latency')} AS latency, ${sumOfHistograms('ttft')} AS ttft`;

/**
 * Answers a question from the sums of its interval: a row for each bucket, and one for each of the largest groups. Where neither filter nor group asks
 * by whom or where, from the totals, which are few.
 */
export async function statsOf(database: Database, question: StatsQuestion): Promise<StatsAnswer> {
  const { groupBy } = question;
  const rows = matching(question);
  const [buckets, groups] = await Promise.all([
    database.many(bucketRow)`SELECT at, ${SUMS} FROM usage_rollup WHERE ${rows} GROUP BY at ORDER BY at`,
    groupBy === 'none'
      ? []
      : database.many(groupRow)`
          SELECT ${KEYS[groupBy]} AS key, ${SUMS} FROM usage_rollup WHERE ${rows}
           GROUP BY 1 HAVING sum(requests) > 0 ORDER BY sum(requests) DESC, 1 LIMIT ${GROUPS_MAX}::int`,
  ]);
  const series = buckets.map((row) => ({ at: row.at, sums: sumsOf(row) }));
  return {
    totals: series.reduce((all, { sums }) => plus(all, sums), NOTHING),
    series,
    groups: groups.map((row) => ({ key: row.key === NIL_UUID ? '' : row.key, sums: sumsOf(row) })),
  };
}

/** What a group is named by. */
const KEYS: Readonly<Record<Exclude<GroupBy, 'none'>, Prisma.Sql>> = {
  route: Prisma.sql`route`,
  key: Prisma.sql`key_id::text`,
  project: Prisma.sql`project_id::text`,
  user: Prisma.sql`user_id::text`,
  status: Prisma.sql`status_class || 'xx'`,
  model: Prisma.sql`model`,
  provider: Prisma.sql`provider`,
};

function matching(question: StatsQuestion): Prisma.Sql {
  const { whose, interval, from, to, keyId, userId, provider, model, statusClass } = question;
  const user = whose.kind === 'member' ? whose.userId : userId;
  const unit = isOfTotals(question) ? `${interval}_total` : interval;
  const all = [
    Prisma.sql`unit = ${unit} AND owner_id = ${sumsOwnerOf(whose)}::uuid`,
    Prisma.sql`at >= ${from}::timestamptz AND at < ${to}::timestamptz`,
  ];
  if ('environment' in whose) all.push(Prisma.sql`environment = ${whose.environment}`);
  if (user !== undefined) all.push(Prisma.sql`user_id = ${user}::uuid`);
  if (keyId !== undefined) all.push(Prisma.sql`key_id = ${keyId}::uuid`);
  if (provider !== undefined) all.push(Prisma.sql`provider = ${provider}`);
  if (model !== undefined) all.push(Prisma.sql`model = ${model}`);
  if (statusClass !== undefined) all.push(Prisma.sql`status_class = ${statusClass}::int`);
  return Prisma.join(all, ' AND ');
}

function sumsOf(row: z.output<typeof sumsRow>): Sums {
  return {
    requests: Number(row.requests),
    errors: Number(row.errors),
    blocked: Number(row.blocked),
    chargedMicro: row.charged_micro,
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    violations: Number(row.violations),
    latency: row.latency.map(Number),
    ttft: row.ttft.map(Number),
  };
}
