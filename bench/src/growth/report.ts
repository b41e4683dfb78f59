import { round, type Row } from '../edge/report.ts';
import { median } from '../statistics.ts';
import { roundsKey, type GrowthRound, type Measured, type Size } from './measure.ts';

const GOAL = '0.9–1.1';

/** One line per kind: cost at the smaller and the larger size, as medians with their spread, and the ratio of the medians. */
export function growthRows([smaller, larger]: readonly Size[], measured: Measured): Row[] {
  const roundsOf = (size: Size | undefined, kind: string): readonly GrowthRound[] =>
    measured.get(roundsKey(size?.users ?? 0, kind)) ?? [];
  return (smaller?.kinds ?? []).map(({ name: kind }) => {
    const all = [...roundsOf(smaller, kind), ...roundsOf(larger, kind)];
    const small = roundsOf(smaller, kind).filter(({ errors }) => errors === 0);
    const large = roundsOf(larger, kind).filter(({ errors }) => errors === 0);
    const micros = (rounds: readonly GrowthRound[]): number[] => rounds.map((one) => one.micros);
    const postgres = (rounds: readonly GrowthRound[]): number =>
      round(median(rounds.map(({ postgresMicros }) => postgresMicros)), 0);
    const p50 = (rounds: readonly GrowthRound[]): number => median(rounds.map(({ p50Ms }) => p50Ms));
    return {
      kind,
      'CPU µs/request before': withSpread(micros(small)),
      after: withSpread(micros(large)),
      ratio: round(median(micros(large)) / median(micros(small)), 2),
      'round by round': byRound(roundsOf(smaller, kind), roundsOf(larger, kind)),
      goal: GOAL,
      'of it PostgreSQL before': postgres(small),
      'PostgreSQL after': postgres(large),
      'p50 ms before': round(p50(small), 1),
      'p50 ms after': round(p50(large), 1),
      'rounds voided': all.length - small.length - large.length,
    };
  });
}

function withSpread(values: readonly number[], digits = 0): string {
  return `${round(median(values), digits)} (${round(Math.min(...values), digits)}–${round(Math.max(...values), digits)})`;
}

/** The ratio within each round, whose halves the machine disturbed alike: median and spread. */
function byRound(small: readonly GrowthRound[], large: readonly GrowthRound[]): string {
  const ratios = small.flatMap((one, place) => {
    const other = large[place];
    return other === undefined || one.errors + other.errors > 0 ? [] : [other.micros / one.micros];
  });
  return withSpread(ratios, 2);
}
