import { z } from 'zod';
import type { Database } from '../../database.ts';
import { GROUPS_MAX, NOTHING, type StatsAnswer, type StatsQuestion, type Sums } from '../../stats/domain/stats.ts';
import type { Whose } from '../domain/stored-record.ts';

const NIL = '00000000-0000-0000-0000-000000000000';

const sumsRow = z.object({
  kind: z.enum(['total', 'bucket', 'group']),
  at: z.date().nullable(),
  key: z.string().nullable(),
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

/** Answers a question from the roll-up of its interval, in one pass over the rows: totals, series and the largest groups. */
export async function statsOf(database: Database, question: StatsQuestion): Promise<StatsAnswer> {
  const { interval, from, to, groupBy, keyId, provider, model, statusClass } = question;
  const owner = ownerOf(question.whose);
  const user = userOf(question.whose) ?? question.userId;
  const environment = 'environment' in question.whose ? question.whose.environment : undefined;
  const rows = await database.many(sumsRow)`
    SELECT * FROM (
      SELECT CASE WHEN grouping(at) = 0 THEN 'bucket' WHEN grouping(key) = 0 THEN 'group' ELSE 'total' END AS kind, at, key,
        coalesce(sum(requests), 0)::bigint AS requests, coalesce(sum(errors), 0)::bigint AS errors, coalesce(sum(blocked), 0)::bigint AS blocked,
        coalesce(sum(charged_micro), 0)::bigint AS charged_micro, coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
        coalesce(sum(output_tokens), 0)::bigint AS output_tokens, coalesce(sum(cache_read_tokens), 0)::bigint AS cache_read_tokens,
        coalesce(sum(cache_write_tokens), 0)::bigint AS cache_write_tokens, coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning_tokens,
        coalesce(sum(violations), 0)::bigint AS violations,
        ARRAY[
        coalesce(sum(latency[1]), 0)::bigint, coalesce(sum(latency[2]), 0)::bigint, coalesce(sum(latency[3]), 0)::bigint,
        coalesce(sum(latency[4]), 0)::bigint, coalesce(sum(latency[5]), 0)::bigint, coalesce(sum(latency[6]), 0)::bigint,
        coalesce(sum(latency[7]), 0)::bigint, coalesce(sum(latency[8]), 0)::bigint, coalesce(sum(latency[9]), 0)::bigint,
        coalesce(sum(latency[10]), 0)::bigint, coalesce(sum(latency[11]), 0)::bigint, coalesce(sum(latency[12]), 0)::bigint,
        coalesce(sum(latency[13]), 0)::bigint, coalesce(sum(latency[14]), 0)::bigint, coalesce(sum(latency[15]), 0)::bigint,
        coalesce(sum(latency[16]), 0)::bigint, coalesce(sum(latency[17]), 0)::bigint, coalesce(sum(latency[18]), 0)::bigint,
        coalesce(sum(latency[19]), 0)::bigint, coalesce(sum(latency[20]), 0)::bigint] AS latency,
        ARRAY[
        coalesce(sum(ttft[1]), 0)::bigint, coalesce(sum(ttft[2]), 0)::bigint, coalesce(sum(ttft[3]), 0)::bigint,
        coalesce(sum(ttft[4]), 0)::bigint, coalesce(sum(ttft[5]), 0)::bigint, coalesce(sum(ttft[6]), 0)::bigint,
        coalesce(sum(ttft[7]), 0)::bigint, coalesce(sum(ttft[8]), 0)::bigint, coalesce(sum(ttft[9]), 0)::bigint,
        coalesce(sum(ttft[10]), 0)::bigint, coalesce(sum(ttft[11]), 0)::bigint, coalesce(sum(ttft[12]), 0)::bigint,
        coalesce(sum(ttft[13]), 0)::bigint, coalesce(sum(ttft[14]), 0)::bigint, coalesce(sum(ttft[15]), 0)::bigint,
        coalesce(sum(ttft[16]), 0)::bigint, coalesce(sum(ttft[17]), 0)::bigint, coalesce(sum(ttft[18]), 0)::bigint,
        coalesce(sum(ttft[19]), 0)::bigint, coalesce(sum(ttft[20]), 0)::bigint] AS ttft,
        row_number() OVER (PARTITION BY grouping(at), grouping(key) ORDER BY sum(requests) DESC, key) AS place
        FROM (
          SELECT *, CASE ${groupBy} WHEN 'route' THEN route WHEN 'key' THEN key_id::text WHEN 'project' THEN project_id::text
            WHEN 'status' THEN status_class || 'xx' WHEN 'model' THEN model WHEN 'provider' THEN provider WHEN 'user' THEN user_id::text END AS key
            FROM usage_rollup
           WHERE unit = ${interval} AND owner_id = ${owner}::uuid AND at >= ${from}::timestamptz AND at < ${to}::timestamptz
             AND (${user ?? null}::uuid IS NULL OR user_id = ${user ?? null}::uuid)
             AND (${environment ?? null}::text IS NULL OR environment = ${environment ?? null}::text)
             AND (${keyId ?? null}::uuid IS NULL OR key_id = ${keyId ?? null}::uuid)
             AND (${provider ?? null}::text IS NULL OR provider = ${provider ?? null}::text)
             AND (${model ?? null}::text IS NULL OR model = ${model ?? null}::text)
             AND (${statusClass ?? null}::int IS NULL OR status_class = ${statusClass ?? null}::int)
        ) r
       GROUP BY GROUPING SETS ((), (at), (key))
    ) s
    WHERE kind <> 'group' OR (${groupBy} <> 'none' AND place <= ${GROUPS_MAX}::int)
    ORDER BY kind, at, place`;
  return {
    totals: rows.filter(({ kind }) => kind === 'total').map(sumsOf)[0] ?? NOTHING,
    series: rows.flatMap((row) =>
      row.kind === 'bucket' && row.at !== null ? [{ at: row.at, sums: sumsOf(row) }] : [],
    ),
    groups: rows
      .filter(({ kind }) => kind === 'group')
      .map((row) => ({ key: row.key === null || row.key === NIL ? '' : row.key, sums: sumsOf(row) })),
  };
}

/** Whose sums: an organisation's are apart from those of its members. */
function ownerOf(whose: Whose): string {
  switch (whose.kind) {
    case 'person':
      return whose.userId;
    case 'member':
    case 'organisation':
      return whose.organisationId;
    case 'everybody':
      throw new Error('sums are kept by owner');
  }
}

function userOf(whose: Whose): string | undefined {
  return whose.kind === 'member' ? whose.userId : undefined;
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
