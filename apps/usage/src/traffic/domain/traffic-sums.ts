import type { RecordRow } from '../../records/domain/record-row.ts';
import { BUCKETS, bucketOf } from '../../stats/domain/stats.ts';

/** Requests of a minute that went the same way and ended alike, whoever made them: a row of `usage_traffic`. Empty texts stand for none. */
export interface TrafficSums {
  readonly at: string;
  readonly route: string;
  readonly upstream: string;
  readonly status: number;
  readonly code: string;
  requests: number;
  readonly latency: number[];
}

/** Of a time in RFC 3339, what is before its seconds. */
const MINUTE_CHARS = 'YYYY-MM-DDTHH:MM'.length;

/** What the records of a batch add to the traffic. */
export function trafficOf(rows: readonly RecordRow[]): TrafficSums[] {
  const found = new Map<string, TrafficSums>();
  for (const { at, route, upstream, status, code, duration_us: durationUs } of rows) {
    const key = {
      at: `${at.slice(0, MINUTE_CHARS)}:00Z`,
      route: textOf(route),
      upstream: textOf(upstream),
      status: numberOf(status),
      code: textOf(code),
    };
    const name = `${key.at} ${key.status} ${key.code} ${key.upstream} ${key.route}`;
    let sums = found.get(name);
    if (sums === undefined)
      found.set(name, (sums = { ...key, requests: 0, latency: Array.from({ length: BUCKETS }, () => 0) }));
    const bucket = bucketOf(numberOf(durationUs));
    sums.requests += 1;
    sums.latency[bucket] = (sums.latency[bucket] ?? 0) + 1;
  }
  return [...found.values()];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
