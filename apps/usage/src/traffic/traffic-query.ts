import { z } from 'zod';
import type { Database } from '../database.ts';
import { sumOfHistograms } from '../records/stores/stats-query.ts';
import type { Traffic, TrafficGroup } from './domain/traffic-view.ts';

const groupRow = z.object({
  kind: z.enum(['minute', 'error', 'route', 'upstream']),
  at: z.date().nullable(),
  last: z.date(),
  route: z.string().nullable(),
  upstream: z.string().nullable(),
  status: z.number().nullable(),
  code: z.string().nullable(),
  requests: z.bigint(),
  refused: z.bigint(),
  failed: z.bigint(),
  latency: z.array(z.bigint()),
});

const SUM_OF_LATENCY = sumOfHistograms('latency');

/** Everybody's requests from a minute up to another, summed in each of the ways that they are shown in. Reads sums, and nobody's records. */
export async function trafficBetween(database: Database, from: Date, to: Date): Promise<Traffic> {
  const rows = await database.many(groupRow)`
    SELECT CASE WHEN GROUPING(at) = 0 THEN 'minute' WHEN GROUPING(status) = 0 THEN 'error' WHEN GROUPING(route) = 0 THEN 'route' ELSE 'upstream' END AS kind,
      at, max(at) AS last, route, upstream, status, code, sum(requests)::bigint AS requests,
      coalesce(sum(requests) FILTER (WHERE status BETWEEN 400 AND 499), 0)::bigint AS refused,
      coalesce(sum(requests) FILTER (WHERE status >= 500), 0)::bigint AS failed, ${SUM_OF_LATENCY} AS latency
      FROM usage_traffic WHERE at >= ${from}::timestamptz AND at < ${to}::timestamptz
     GROUP BY GROUPING SETS ((at), (upstream), (route, upstream), (status, code, route, upstream))
    HAVING GROUPING(status) = 1 OR status >= 400`;
  const groups = rows.map((row) => ({
    ...row,
    requests: Number(row.requests),
    refused: Number(row.refused),
    failed: Number(row.failed),
    latency: row.latency.map(Number),
  }));
  const of = (kind: TrafficGroup['kind']): TrafficGroup[] => groups.filter((group) => group.kind === kind);
  return { minutes: of('minute'), errors: of('error'), routes: of('route'), upstreams: of('upstream') };
}
