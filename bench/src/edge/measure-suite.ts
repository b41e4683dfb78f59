import { quantile } from '../statistics.ts';
import { requestBytes } from './connection.ts';
import { runLoad, runRate } from './load.ts';
import type { Options } from './options.ts';
import type { BenchStack } from './stack.ts';

/** Requests before each measurement that are not counted. */
const WARM_UP_MAX = 20_000;
/** Enough that the rate is kept through a pause of half a second on a busy machine. */
const RATE_CONNECTIONS = 256;

export interface RateRound {
  readonly requestsPerSecond: number;
  readonly errors: number;
}

/** Metered requests per second of the whole suite: reserved, proxied, settled, over as many users as asked for. */
export async function measureMetered(stack: BenchStack, options: Options): Promise<RateRound[]> {
  const requests = (await stack.signIn(options.users)).map((token) =>
    requestBytes('POST', '/bench/metered', token, '{}'),
  );
  const spec = { url: stack.edge.url, requests, connections: options.connections };
  await runLoad(spec, { count: Math.min(options.warmup, WARM_UP_MAX) });
  const rounds: RateRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const load = await runLoad(spec, { seconds: options.seconds });
    rounds.push({ requestsPerSecond: load.requests / load.seconds, errors: load.errors });
  }
  return rounds;
}

/** Latencies in milliseconds: to the upstream itself, and through the edge. */
export interface LatencyRound {
  readonly direct: { readonly p50: number; readonly p99: number };
  readonly edge: { readonly p50: number; readonly p99: number };
  readonly errors: number;
}

/** What the edge adds at a steady rate, beside the upstream asked directly in the same round. */
export async function measureLatency(stack: BenchStack, options: Options): Promise<LatencyRound[]> {
  const requests = (await stack.signIn(options.tokens)).map((token) => requestBytes('GET', '/bench/free', token));
  const measure = async (url: string) => {
    const { latenciesMs, errors } = await runRate(
      { url, requests, connections: RATE_CONNECTIONS },
      options.rate,
      options.seconds,
    );
    return { p50: quantile(latenciesMs, 0.5), p99: quantile(latenciesMs, 0.99), errors };
  };
  for (const url of [stack.upstream.url, stack.edge.url])
    await runLoad(
      { url, requests, connections: options.connections },
      { count: Math.min(options.warmup, WARM_UP_MAX) },
    );
  const rounds: LatencyRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const direct = await measure(stack.upstream.url);
    const edge = await measure(stack.edge.url);
    rounds.push({ direct, edge, errors: direct.errors + edge.errors });
  }
  return rounds;
}
