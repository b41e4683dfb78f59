import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { requestBytes } from './connection.ts';
import type { Contender, ContenderName } from './contenders.ts';
import { runLoad } from './load.ts';
import type { Options } from './options.ts';
import type { BenchStack } from './stack.ts';

/** Requests before each round that are not counted: connections open, tokens are asked about. */
const TOUCHES = 500;

export interface CpuRound {
  /** CPU per request of the proxy's processes, in microseconds. */
  readonly micros: number;
  readonly requestsPerSecond: number;
  /** Share of one core that the proxy had: 1 where nothing else held it up. */
  readonly coreShare: number;
  readonly errors: number;
}

export interface CpuResult {
  readonly contender: ContenderName;
  readonly does: string;
  /** Rounds without an error. */
  readonly rounds: readonly CpuRound[];
  readonly voided: number;
}

/**
 * CPU per request of every contender, in interleaved rounds after a warm-up of each. Usage rests meanwhile: storing what the edge recorded, it
 * would take the load's core from whoever is measured.
 */
export async function measureCpu(
  stack: BenchStack,
  contenders: readonly Contender[],
  options: Options,
  say: (line: string) => void,
): Promise<CpuResult[]> {
  const { usage } = stack.processes();
  if (usage !== undefined) process.kill(usage, 'SIGSTOP');
  try {
    return await measureRounds(stack, contenders, options, say);
  } finally {
    if (usage !== undefined) process.kill(usage, 'SIGCONT');
  }
}

async function measureRounds(
  stack: BenchStack,
  contenders: readonly Contender[],
  options: Options,
  say: (line: string) => void,
): Promise<CpuResult[]> {
  const freshRequests = async (): Promise<string[]> =>
    (await stack.signIn(options.tokens)).map((token) => requestBytes('GET', '/bench/free', token));
  const specFor = ({ url }: Contender, requests: readonly string[]) => ({
    url,
    requests,
    connections: options.connections,
  });
  for (const contender of contenders) {
    const { requests, errors, seconds } = await runLoad(specFor(contender, await freshRequests()), {
      count: options.warmup,
    });
    say(`warm-up of ${contender.name}: ${Math.round(requests / seconds)} requests/s, ${errors} errors`);
  }
  const rounds = new Map<ContenderName, CpuRound[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1) {
    const requests = await freshRequests();
    for (const contender of contenders) {
      await runLoad(specFor(contender, requests), { count: TOUCHES });
      const before = await cpuSecondsOf(contender.pid);
      const load = await runLoad(specFor(contender, requests), { seconds: options.seconds });
      const used = cpuBetween(before, await cpuSecondsOf(contender.pid));
      const measured = {
        micros: (used * 1e6) / load.requests,
        requestsPerSecond: load.requests / load.seconds,
        coreShare: used / load.seconds,
        errors: load.errors,
      };
      rounds.get(contender.name)?.push(measured);
      say(
        `round ${round}, ${contender.name}: ${measured.micros.toFixed(1)} µs, ${Math.round(measured.requestsPerSecond)} requests/s, ${load.errors} errors`,
      );
    }
  }
  return contenders.map(({ name, does }) => {
    const all = rounds.get(name) ?? [];
    const valid = all.filter(({ errors }) => errors === 0);
    return { contender: name, does, rounds: valid, voided: all.length - valid.length };
  });
}
