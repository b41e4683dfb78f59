import type { IncomingMessage, ServerResponse } from 'node:http';

type Json = Readonly<Record<string, unknown>>;

/** What a request asks to happen (README). */
export interface Script {
  readonly text?: string;
  readonly parts?: readonly string[];
  /** How often all of that is said. */
  readonly times?: number;
  readonly usage?: Json | null;
  readonly more?: Json;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delay_ms?: number;
  readonly silence_ms?: number;
  readonly step_ms?: number;
  readonly cut_after?: number;
  readonly error_after?: number;
  readonly tool?: boolean;
  readonly batch?: BatchScript;
}

/** What becomes of a batch. */
export interface BatchScript {
  /** Looks at it that find it under way; then it ends. One by default. */
  readonly looks?: number;
  readonly end?: 'completed' | 'failed' | 'expired' | 'cancelled';
  /** Requests that are answered when it ends; all by default. */
  readonly answered?: number;
  /** The batch does not say itself what it used. */
  readonly silent?: boolean;
  /** So many looks get a 500 first. */
  readonly failing?: number;
  /** Nobody finds it again. */
  readonly gone?: boolean;
  /** It is made, and the connection breaks before the answer. */
  readonly lost?: boolean;
}

/** One request to a vendor, read whole. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Behind the vendor's name, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it came. */
  readonly text: string;
  readonly script: Script;
}

/** Aborted waits end at once where the client leaves. */
export function pause(milliseconds: number, response: ServerResponse): Promise<void> {
  if (milliseconds <= 0 || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    response.on('close', done);
  });
}

export function json({ response }: Asked, value: unknown, status = 200): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** An event, with its name where the vendor gives events names; `text` is sent as it is. */
export interface StreamEvent {
  readonly name?: string;
  readonly data: unknown;
}

/** Sends events at the pace of the script, and breaks off where it says so. */
export async function stream(
  { response, script }: Asked,
  events: readonly StreamEvent[],
  failed: StreamEvent,
  end = '',
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  await pause(script.silence_ms ?? 0, response);
  for (const [index, event] of events.entries()) {
    if (response.destroyed) return;
    if (script.cut_after === index) return void response.destroy();
    if (script.error_after === index) return void response.end(written(failed));
    // On its way before the connection may be broken, which would lose it.
    await new Promise<void>((sent) => void response.write(written(event), () => sent()));
    await pause(script.step_ms ?? 0, response);
  }
  response.end(end);
}

function written({ name, data }: StreamEvent): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** Pieces of a text as a model would stream them. */
function pieces(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** What a model says, and the pieces it comes in. */
export function spoken(
  { text, parts, times = 1 }: Script,
  otherwise: string,
): { text: string; parts: readonly string[] } {
  const whole = text ?? parts?.join('') ?? otherwise;
  const once = parts ?? pieces(whole);
  return { text: whole.repeat(times), parts: Array.from({ length: times }, () => once).flat() };
}

/** Tokens of what was sent, for a usage that nobody scripted: one for every four bytes. */
export function inputTokens(body: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4);
}
