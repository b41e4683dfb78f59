import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { requestBytes } from './connection.ts';
import { runLoad } from './load.ts';
import type { Options } from './options.ts';
import { startProgram, type BenchStack } from './stack.ts';

export interface MemoryResult {
  /** Credentials cached before the traffic began. */
  readonly credentials: number;
  /** Resident memory then, in MiB. */
  readonly filledMiB: number;
  /** Resident memory every ten seconds of the traffic, in MiB. */
  readonly rssMiB: readonly number[];
  /** Periods in which a request that was not left got another answer than 200. */
  readonly voided: number;
}

const PERIOD_SECONDS = 10;
/** Clients that leave at a random moment of the following milliseconds, all through the traffic. */
const LEAVERS = 8;
const LEAVING_MS_MAX = 60;

/**
 * Resident memory of an edge that remembers many credentials, while it answers free and metered requests as fast as it can, and clients
 * leave it in the middle of requests and event streams.
 */
export async function measureMemory(
  stack: BenchStack,
  options: Options,
  say: (line: string) => void,
): Promise<MemoryResult> {
  const auth = await startProgram(import.meta.resolve('./programs/quick-auth.ts'), stack.environment);
  const edge = await stack.startEdge({ AUTH_URL: auth.url });
  try {
    for (let from = 0; from < options.credentials; from += 1_000) {
      const some = Array.from({ length: Math.min(1_000, options.credentials - from) }, (_, index) =>
        requestBytes('GET', '/bench/free', `bench-${from + index}`),
      );
      const { errors } = await runLoad(
        { url: edge.url, requests: some, connections: options.connections },
        { count: some.length },
      );
      if (errors > 0) throw new Error(`${errors} credentials were refused`);
    }
    const filledMiB = await rssMiBOf(edge.pid);
    const rssMiB: number[] = [];
    let voided = 0;
    const until = performance.now() + options.minutes * 60_000;
    const tokens = await stack.signIn(options.tokens);
    const leaving = Array.from({ length: LEAVERS }, (_, index) =>
      leaveUntil(until, edge.url, tokens[index % tokens.length] ?? ''),
    );
    let mixed: string[] = [];
    while (performance.now() < until) {
      // Access tokens live for a quarter of an hour; the free and the metered kind take turns.
      if (rssMiB.length % 30 === 0)
        mixed = (await stack.signIn(options.tokens)).flatMap((token) => [
          requestBytes('GET', '/bench/free', token),
          requestBytes('POST', '/bench/metered', token, '{}'),
        ]);
      const { errors } = await runLoad(
        { url: edge.url, requests: mixed, connections: options.connections },
        { seconds: PERIOD_SECONDS },
      );
      if (errors > 0) voided += 1;
      rssMiB.push(await rssMiBOf(edge.pid));
      say(`memory after ${rssMiB.length * PERIOD_SECONDS} s: ${rssMiB.at(-1)} MiB, ${errors} errors`);
    }
    await Promise.all(leaving);
    return { credentials: options.credentials, filledMiB, rssMiB, voided };
  } finally {
    await edge.stop();
    await auth.stop();
  }
}

/** One client after another that opens a stream, or sends a metered request, and goes away before it is over. */
async function leaveUntil(endMs: number, url: string, token: string): Promise<void> {
  const requests = [
    requestBytes('GET', '/bench/events?count=1000&intervalMs=5', token),
    requestBytes('POST', '/bench/metered', token, '{}'),
  ];
  const { hostname, port } = new URL(url);
  for (let turn = 0; performance.now() < endMs; turn += 1) {
    const socket = connect(Number(port), hostname, () => void socket.write(requests[turn % requests.length] ?? ''));
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LEAVING_MS_MAX));
    socket.destroy();
  }
}

async function rssMiBOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
}
