import type { z } from 'zod';
import type { usageStats } from '@turnpike/contracts';
import { creditsText } from '../../records/domain/record-view.ts';
import { GROUPS_MAX, quantileMs, without, type StatsAnswer, type StatsQuestion, type Sums } from './stats.ts';

type StatsView = z.output<typeof usageStats>;
type SumsView = StatsView['totals'];

/** The answer to a question as clients read it. */
export function statsViewOf(
  { from, to, interval, groupBy }: StatsQuestion,
  { totals, series, groups }: StatsAnswer,
): StatsView {
  const named = groups.map(({ key, sums }) => ({ key, ...sumsViewOf(sums) }));
  const shown = groups.reduce((rest, { sums }) => without(rest, sums), totals);
  const other = groups.length >= GROUPS_MAX && shown.requests > 0 ? [{ key: 'other', ...sumsViewOf(shown) }] : [];
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    interval,
    totals: sumsViewOf(totals),
    series: series.map(({ at, sums }) => ({ bucket: at.toISOString(), ...sumsViewOf(sums) })),
    groups: groupBy === 'none' ? [] : [...named, ...other],
  };
}

function sumsViewOf(sums: Sums): SumsView {
  return {
    requests: sums.requests,
    errors: sums.errors,
    blocked: sums.blocked,
    input_tokens: sums.inputTokens,
    output_tokens: sums.outputTokens,
    cache_read_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    reasoning_tokens: sums.reasoningTokens,
    cost: creditsText(sums.chargedMicro),
    violations: sums.violations,
    latency_ms: quantilesOf(sums.latency),
    ttft_ms: quantilesOf(sums.ttft),
  };
}

/** Quantiles of a histogram as clients read them, in milliseconds to two places. */
export function quantilesOf(histogram: readonly number[]): SumsView['latency_ms'] {
  const at = (quantile: number): number | null => {
    const ms = quantileMs(histogram, quantile);
    return ms === undefined ? null : Math.round(ms * 100) / 100;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
