import { connect, type Socket } from 'node:net';
import { requestBytes } from './connection.ts';
import type { Options } from './options.ts';
import type { BenchStack } from './stack.ts';

/** Streams opened at once, so that no backlog overflows. */
const OPENING = 50;
const EVENT = /data: (\d+)\n\n/g;
/** Longest possible start of an event at the end of a piece, in characters. */
const TAIL = 40;

/** Delays from the upstream's write to the client's read, in milliseconds. */
export interface SseDelays {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly events: number;
}

export interface SseResult {
  readonly direct: SseDelays;
  readonly edge: SseDelays;
}

/** Many event streams at once, directly from the upstream and then through the edge. Throws when an event is missing. */
export async function measureSse(stack: BenchStack, options: Options): Promise<SseResult> {
  const path = `/bench/events?count=${options.events}&intervalMs=${options.intervalMs}`;
  const tokens = await stack.signIn(options.tokens);
  const direct = await readStreams(stack.upstream.url, path, tokens, options);
  const edge = await readStreams(stack.edge.url, path, tokens, options);
  return { direct, edge };
}

async function readStreams(
  url: string,
  path: string,
  tokens: readonly string[],
  { streams, events }: Options,
): Promise<SseDelays> {
  const delaysMs: number[] = [];
  const ended: Promise<void>[] = [];
  for (let index = 0; index < streams; index += OPENING) {
    const batch = Array.from({ length: Math.min(OPENING, streams - index) }, (_, n) =>
      openStream(url, requestBytes('GET', path, tokens[(index + n) % tokens.length] ?? ''), delaysMs),
    );
    const opened = await Promise.all(batch);
    for (const stream of opened) ended.push(stream.ended);
  }
  await Promise.all(ended);
  if (delaysMs.length !== streams * events)
    throw new Error(`${delaysMs.length} events of ${streams * events} arrived from ${url}`);
  delaysMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    delaysMs[Math.min(delaysMs.length - 1, Math.floor(delaysMs.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), worst: at(1), events: delaysMs.length };
}

/** Resolves when the first bytes have come. `ended` resolves with the last chunk, or with the connection. */
function openStream(url: string, request: string, delaysMs: number[]): Promise<{ ended: Promise<void> }> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname, () => void socket.write(request));
  socket.setEncoding('latin1');
  let rest = '';
  socket.on('data', (piece: string) => {
    const now = process.hrtime.bigint();
    const text = rest + piece;
    let read = 0;
    for (const match of text.matchAll(EVENT)) {
      delaysMs.push(Number(now - BigInt(match[1] ?? 0)) / 1e6);
      read = match.index + match[0].length;
    }
    rest = text.slice(read).slice(-TAIL);
    if (rest.endsWith('\r\n0\r\n\r\n')) socket.destroy();
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', () => resolve({ ended }));
  });
}
