import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { requestBytes } from './connection.ts';
import type { Cores } from './cores.ts';
import { runLoad } from './load.ts';
import type { Options } from './options.ts';
import type { BenchStack, Running } from './stack.ts';

interface WorkersRound {
  /** CPU per request of all the edge's processes, in microseconds. */
  readonly micros: number;
  readonly requestsPerSecond: number;
}

export interface WorkersResult {
  readonly one: readonly WorkersRound[];
  readonly two: readonly WorkersRound[];
  readonly voided: number;
}

/**
 * An edge of one worker beside one of two, in interleaved rounds on both cores. The load, the upstream and Redis run on the same two cores, so
 * requests per second cannot double here; what tells whether a second worker is worth a whole core is that a request costs no more CPU with it.
 */
export async function measureWorkers(stack: BenchStack, cores: Cores, options: Options): Promise<WorkersResult> {
  const edges: Running[] = [];
  try {
    for (const workers of ['1', '2']) edges.push(await stack.startEdge({ EDGE_WORKERS: workers }));
    await cores.free([process.pid, ...stack.behindTheEdge, ...edges.map(({ pid }) => pid)]);
    const requests = (await stack.signIn(options.tokens)).map((token) => requestBytes('GET', '/bench/free', token));
    const specs = edges.map(({ url }) => ({ url, requests, connections: options.connections * 2 }));
    for (const spec of specs) await runLoad(spec, { count: options.warmup });
    const rounds: WorkersRound[][] = [[], []];
    let voided = 0;
    for (let round = 1; round <= options.rounds; round += 1) {
      const measured: WorkersRound[] = [];
      let errors = 0;
      for (const [index, spec] of specs.entries()) {
        const pid = edges[index]?.pid ?? Number.NaN;
        const before = await cpuSecondsOf(pid);
        const load = await runLoad(spec, { seconds: options.seconds });
        const used = cpuBetween(before, await cpuSecondsOf(pid));
        measured.push({ micros: (used * 1e6) / load.requests, requestsPerSecond: load.requests / load.seconds });
        errors += load.errors;
      }
      if (errors > 0) voided += 1;
      else for (const [index, one] of measured.entries()) rounds[index]?.push(one);
    }
    return { one: rounds[0] ?? [], two: rounds[1] ?? [], voided };
  } finally {
    for (const edge of edges) await edge.stop();
    await cores.toLoadCore([process.pid, ...stack.behindTheEdge]);
  }
}
