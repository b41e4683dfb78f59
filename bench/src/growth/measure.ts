import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { runLoad, type Load } from '../edge/load.ts';
import type { BenchStack } from '../edge/stack.ts';
import { quantile } from '../statistics.ts';
import type { Kind, Step } from './kinds.ts';
import type { GrowthOptions } from './options.ts';

/** A stack with so many users, and the requests that some of them send. */
export interface Size {
  readonly users: number;
  readonly stack: BenchStack;
  /** The same kinds in the same order for every size. */
  readonly kinds: readonly Kind[];
}

export interface GrowthRound {
  /** CPU of the whole stack per request, in microseconds. */
  readonly micros: number;
  /** PostgreSQL's part of it: what the size of tables would show in first. */
  readonly postgresMicros: number;
  readonly p50Ms: number;
  readonly requests: number;
  readonly errors: number;
}

/** The rounds of a size and kind, by `roundsKey`; those with an error are in it. */
export type Measured = ReadonlyMap<string, readonly GrowthRound[]>;

/** Names what was measured of a kind with so many users. */
export function roundsKey(users: number, kind: string): string {
  return `${users} users, ${kind}`;
}

/** Measures every kind at every size, in interleaved rounds after a warm-up of each: sizes right after each other, in alternating order. */
export async function measureSizes(
  sizes: readonly Size[],
  options: GrowthOptions,
  say: (line: string) => void,
): Promise<Measured> {
  const rounds = new Map<string, GrowthRound[]>();
  const each = async (order: readonly Size[], work: (size: Size, kind: Kind) => Promise<void>): Promise<void> => {
    for (const place of order[0]?.kinds.keys() ?? []) {
      for (const size of order) {
        const kind = size.kinds[place];
        if (kind !== undefined) await work(size, kind);
      }
    }
  };
  await each(sizes, async ({ stack, users }, kind) => {
    const { requests, errors, seconds } = await send(stack, kind, 'warm-up', options);
    say(`warm-up, ${roundsKey(users, kind.name)}: ${Math.round(requests / seconds)} requests/s, ${errors} errors`);
  });
  for (let round = 1; round <= options.rounds; round += 1) {
    await each(round % 2 === 1 ? sizes : sizes.toReversed(), async ({ stack, users }, kind) => {
      const key = roundsKey(users, kind.name);
      const measured = await measureRound(stack, kind, options);
      rounds.set(key, [...(rounds.get(key) ?? []), measured]);
      const { micros, postgresMicros, p50Ms, requests, errors } = measured;
      say(
        `round ${round}, ${key}: ${micros.toFixed(0)} µs, of them ${postgresMicros.toFixed(0)} in PostgreSQL, p50 ${p50Ms.toFixed(1)} ms, ${requests} requests, ${errors} errors`,
      );
    });
  }
  return rounds;
}

async function measureRound(stack: BenchStack, kind: Kind, options: GrowthOptions): Promise<GrowthRound> {
  // The upstream stands for somebody else's backend; everything else is ours, PostgreSQL and Redis included.
  const pids = [stack.edge.pid, ...stack.behindTheEdge].filter((pid) => pid !== stack.upstream.pid);
  const read = () => Promise.all([cpuSecondsOf(...pids), cpuSecondsOf(stack.postgresPid)]);
  await send(stack, kind, 'touches', options);
  const before = await read();
  const { requests, errors, latenciesMs } = await send(stack, kind, 'round', options);
  const after = await read();
  const perRequest = (place: 0 | 1): number => (cpuBetween(before[place], after[place]) * 1e6) / requests;
  return { micros: perRequest(0), postgresMicros: perRequest(1), p50Ms: quantile(latenciesMs, 0.5), requests, errors };
}

function send(stack: BenchStack, kind: Kind, step: Step, { connections }: GrowthOptions): Promise<Load> {
  const { requests, until } = kind.next(step);
  return runLoad({ url: stack.edge.url, requests, connections }, until);
}
