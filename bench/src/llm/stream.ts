import { request, type Dispatcher } from 'undici';
import { MODEL, type Target } from './stack.ts';

/** What a stream is asked to be. */
export interface StreamOf {
  readonly events: number;
  readonly intervalMs: number;
}

/** One streamed call as its client saw it, in milliseconds. */
export interface StreamTimes {
  /** From asking to the first piece of text. */
  readonly firstMs: number;
  /** From asking to the end. */
  readonly wholeMs: number;
  /** Of each piece, from the vendor's writing to the client's reading. */
  readonly delaysMs: readonly number[];
}

const PIECE = /"content":"(\d+) and so on "/g;
/** Longest possible start of a piece at the end of what has come, in characters. */
const TAIL = 60;

/** Makes a streamed call and reads it to its end. `onFirst`: is told when text has come. Throws where it is answered otherwise, or a piece is missing. */
export async function readStream(
  { name, url, headers }: Target,
  { events, intervalMs }: StreamOf,
  dispatcher: Dispatcher,
  onFirst: () => void = () => {},
): Promise<StreamTimes> {
  const startedNs = process.hrtime.bigint();
  const sinceMs = (ns: bigint): number => Number(process.hrtime.bigint() - ns) / 1e6;
  const answer = await request(url, {
    method: 'POST',
    dispatcher,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: MODEL,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: events,
      messages: [{ role: 'user', content: 'What happened on July 20 1969?' }],
      metadata: { events: String(events), interval_ms: String(intervalMs) },
    }),
  });
  if (answer.statusCode !== 200) throw new Error(`${name} answered ${answer.statusCode}: ${await answer.body.text()}`);
  const delaysMs: number[] = [];
  let firstMs = Number.NaN;
  let rest = '';
  answer.body.setEncoding('latin1');
  for await (const piece of answer.body as AsyncIterable<string>) {
    const text = rest + piece;
    let read = 0;
    for (const match of text.matchAll(PIECE)) {
      delaysMs.push(sinceMs(BigInt(match[1] ?? 0)));
      read = match.index + match[0].length;
    }
    if (Number.isNaN(firstMs) && delaysMs.length > 0) {
      firstMs = sinceMs(startedNs);
      onFirst();
    }
    rest = text.slice(read).slice(-TAIL);
  }
  if (delaysMs.length !== events) throw new Error(`${delaysMs.length} of ${events} pieces came from ${name}`);
  return { firstMs, wholeMs: sinceMs(startedNs), delaysMs };
}
