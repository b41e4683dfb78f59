import { round, type Row } from '../edge/report.ts';
import { median } from '../send-code/statistics.ts';
import type { GrowthRound, Measured } from './measure.ts';

const GOAL = '0.9–1.1';

/** One line per kind: cost before and after, as medians with their spread, and the ratio. */
export function growthRows(before: Measured, after: Measured): Row[] {
  return [...before].map(([kind, roundsBefore]) => {
    const roundsAfter = after.get(kind) ?? [];
    const small = roundsBefore.filter(({ errors }) => errors === 0);
    const large = roundsAfter.filter(({ errors }) => errors === 0);
    const micros = (rounds: readonly GrowthRound[]): number[] => rounds.map((one) => one.micros);
    const postgres = (rounds: readonly GrowthRound[]): number => round(median(rounds.map(({ postgresMicros }) => postgresMicros)), 0);
    const p50 = (rounds: readonly GrowthRound[]): number => median(rounds.map(({ p50Ms }) => p50Ms));
    return {
      kind,
      'CPU µs/request before': withSpread(micros(small)),
      after: withSpread(micros(large)),
      ratio: round(median(micros(large)) / median(micros(small)), 2),
      goal: GOAL,
      'of it PostgreSQL before': postgres(small),
      'PostgreSQL after': postgres(large),
      'p50 ms before': round(p50(small), 1),
      'p50 ms after': round(p50(large), 1),
      'rounds voided': roundsBefore.length + roundsAfter.length - small.length - large.length,
    };
  });
}

function withSpread(values: readonly number[]): string {
  return `${round(median(values), 0)} (${round(Math.min(...values), 0)}–${round(Math.max(...values), 0)})`;
}
