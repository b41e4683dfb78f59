import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { runLoad, type Load } from '../edge/load.ts';
import type { BenchStack } from '../edge/stack.ts';
import { quantile } from '../send-code/statistics.ts';
import type { Kind, Step } from './kinds.ts';
import type { GrowthOptions } from './options.ts';

export interface GrowthRound {
  /** CPU of the whole stack per request, in microseconds. */
  readonly micros: number;
  /** PostgreSQL's part of it: what the size of tables would show in first. */
  readonly postgresMicros: number;
  readonly p50Ms: number;
  readonly requests: number;
  readonly errors: number;
}

/** The rounds of each kind, by its name; those with an error are in it. */
export type Measured = ReadonlyMap<string, readonly GrowthRound[]>;

/** Measures kinds in interleaved rounds, after a warm-up of each. */
export async function measureKinds(stack: BenchStack, kinds: readonly Kind[], options: GrowthOptions, say: (line: string) => void): Promise<Measured> {
  const { connections } = options;
  // The upstream stands for somebody else's backend; everything else is ours, PostgreSQL and Redis included.
  const pids = [stack.edge.pid, ...stack.behindTheEdge].filter((pid) => pid !== stack.upstream.pid);
  const read = () => Promise.all([cpuSecondsOf(...pids), cpuSecondsOf(stack.postgresPid)]);
  const load = (kind: Kind, step: Step): Promise<Load> => {
    const { requests, until } = kind.next(step);
    return runLoad({ url: stack.edge.url, requests, connections }, until);
  };
  for (const kind of kinds) {
    const { requests, errors, seconds } = await load(kind, 'warm-up');
    say(`warm-up, ${kind.name}: ${Math.round(requests / seconds)} requests/s, ${errors} errors`);
  }
  const rounds = new Map<string, GrowthRound[]>(kinds.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const kind of kinds) {
      await load(kind, 'touches');
      const before = await read();
      const { requests, errors, latenciesMs } = await load(kind, 'round');
      const after = await read();
      const perRequest = (place: 0 | 1): number => (cpuBetween(before[place], after[place]) * 1e6) / requests;
      const measured = { micros: perRequest(0), postgresMicros: perRequest(1), p50Ms: quantile(latenciesMs, 0.5), requests, errors };
      rounds.get(kind.name)?.push(measured);
      say(`round ${round}, ${kind.name}: ${measured.micros.toFixed(0)} µs, of them ${measured.postgresMicros.toFixed(0)} in PostgreSQL, p50 ${measured.p50Ms.toFixed(1)} ms, ${requests} requests, ${errors} errors`);
    }
  }
  return rounds;
}
