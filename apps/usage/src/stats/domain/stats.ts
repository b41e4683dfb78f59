import type { Whose } from '../../records/domain/stored-record.ts';

export type Interval = 'minute' | 'hour' | 'day';
export type GroupBy = 'route' | 'key' | 'project' | 'status' | 'model' | 'provider' | 'user' | 'none';

/** A question about sums. `from` and `to` lie on the interval's bounds. */
export interface StatsQuestion {
  readonly whose: Whose;
  readonly from: Date;
  readonly to: Date;
  readonly interval: Interval;
  readonly groupBy: GroupBy;
  readonly keyId?: string | undefined;
  readonly userId?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** The hundreds of the status. */
  readonly statusClass?: number | undefined;
}

/** Sums of some requests. Histograms count by `LATENCY_BOUNDS_MS`. */
export interface Sums {
  readonly requests: number;
  readonly errors: number;
  readonly blocked: number;
  readonly chargedMicro: bigint;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  readonly violations: number;
  readonly latency: readonly number[];
  readonly ttft: readonly number[];
}

export interface StatsAnswer {
  readonly totals: Sums;
  readonly series: readonly { readonly at: Date; readonly sums: Sums }[];
  /** The largest, by requests; the rest is what the totals have besides. */
  readonly groups: readonly { readonly key: string; readonly sums: Sums }[];
}

/** Groups of one answer, at most; the rest is one more, `other`. */
export const GROUPS_MAX = 50;

/** Upper bounds of the buckets of a histogram, in milliseconds, as `usage_latency_bounds` has them; the last bucket has none. */
const LATENCY_BOUNDS_MS = [
  1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 750, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
] as const;
/** Buckets of a histogram. */
export const BUCKETS = LATENCY_BOUNDS_MS.length + 1;

/** The bucket that counts so many microseconds. */
export function bucketOf(us: number): number {
  const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => us < bound * 1_000);
  return bucket === -1 ? BUCKETS - 1 : bucket;
}

/** No requests at all. */
export const NOTHING: Sums = {
  requests: 0,
  errors: 0,
  blocked: 0,
  chargedMicro: 0n,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  violations: 0,
  latency: [],
  ttft: [],
};

/** The sums of both. */
export function plus(a: Sums, b: Sums): Sums {
  return combine(a, b, 1);
}

/** The sums of `a` without those of `b`, which are a part of them. */
export function without(a: Sums, b: Sums): Sums {
  return combine(a, b, -1);
}

function combine(a: Sums, b: Sums, sign: 1 | -1): Sums {
  const each = (all: readonly number[], other: readonly number[]): number[] =>
    Array.from({ length: BUCKETS }, (_value, bucket) => (all[bucket] ?? 0) + sign * (other[bucket] ?? 0));
  return {
    requests: a.requests + sign * b.requests,
    errors: a.errors + sign * b.errors,
    blocked: a.blocked + sign * b.blocked,
    chargedMicro: a.chargedMicro + BigInt(sign) * b.chargedMicro,
    inputTokens: a.inputTokens + sign * b.inputTokens,
    outputTokens: a.outputTokens + sign * b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + sign * b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + sign * b.cacheWriteTokens,
    reasoningTokens: a.reasoningTokens + sign * b.reasoningTokens,
    violations: a.violations + sign * b.violations,
    latency: each(a.latency, b.latency),
    ttft: each(a.ttft, b.ttft),
  };
}

/**
 * A quantile (0–1) of a histogram, in milliseconds: where it lies within its bucket, as if the bucket were evenly filled. `undefined` of nothing;
 * what lies in the last bucket is given its lower bound.
 */
export function quantileMs(histogram: readonly number[], quantile: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let left = quantile * total;
  for (const [bucket, count] of histogram.entries()) {
    const lower = bucket === 0 ? 0 : (LATENCY_BOUNDS_MS[bucket - 1] ?? 0);
    const upper = LATENCY_BOUNDS_MS[bucket];
    if (upper === undefined) return lower;
    if (count > 0 && left <= count) return lower + ((upper - lower) * left) / count;
    left -= count;
  }
  return LATENCY_BOUNDS_MS.at(-1);
}

const LENGTH_MS: Readonly<Record<Interval, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The bound of the interval at or before a moment. */
export function floorTo(interval: Interval, moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / LENGTH_MS[interval]) * LENGTH_MS[interval]);
}

/** The bound of the interval at or after a moment. */
export function ceilTo(interval: Interval, moment: Date): Date {
  return new Date(Math.ceil(moment.getTime() / LENGTH_MS[interval]) * LENGTH_MS[interval]);
}

/** Intervals between two bounds. */
export function intervalsBetween(interval: Interval, from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / LENGTH_MS[interval]);
}
