import { ConnectionError, errorOf, TimeoutError, TurnpikeError } from './errors.ts';

/** Pause before the first repetition, in milliseconds; doubled each time, with up to a quarter of it taken off at random. */
const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 8_000;
/** A longer wait than this is not worth holding a caller for: the error says how long it is. In seconds. */
const RETRY_AFTER_SECONDS_MAX = 60;
/** Statuses after which nothing was done, whatever the method. */
const REFUSED_UNDONE = new Set([408, 429]);
/** Statuses after which a call that is safe to repeat may be. */
const OUTAGES = new Set([502, 503, 504]);

/** What `fetch` takes as a body. */
export type Body = NonNullable<RequestInit['body']>;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One call on the wire. */
export interface WireCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  /** Repeating it does nothing twice: a safe or idempotent method, or an `Idempotency-Key`. */
  readonly repeatable: boolean;
  /** How long an attempt may take until its headers are there, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Repetitions after the first attempt. */
  readonly retriesMax: number;
}

/** Waits. Rejects with the signal's reason when that is aborted. */
export type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });

/**
 * Sends a call until it is answered, and returns the answer, whose body nobody has read yet. Repeats it after connection errors, 408, 429 and
 * 502–504, never after 402 or 409. Throws `TurnpikeError` for a status of 400 or more, `ConnectionError` or `TimeoutError` for none.
 */
export async function send(call: WireCall, fetch: Fetch, wait: Sleep): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attemptOf(call, fetch);
    if (outcome instanceof Response) return outcome;
    if (attempt >= call.retriesMax || !mayRepeat(call, outcome)) throw outcome;
    const asked = outcome instanceof TurnpikeError ? outcome.retryAfter : undefined;
    if (asked !== undefined && asked > RETRY_AFTER_SECONDS_MAX) throw outcome;
    await wait(asked === undefined ? backoffMs(attempt) : asked * 1_000, call.signal);
  }
}

async function attemptOf(call: WireCall, fetch: Fetch): Promise<Response | Error> {
  const { url, method, headers, body, timeoutMs, signal } = call;
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const either = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: either,
      redirect: 'manual',
    });
    return response.status >= 400 ? await errorOf(response) : response;
  } catch (cause) {
    signal?.throwIfAborted();
    if (deadline.signal.aborted)
      return new TimeoutError(`${method} ${url}: no answer within ${timeoutMs} ms`, { cause });
    return new ConnectionError(`${method} ${url}: no answer`, { cause });
  } finally {
    // A begun answer may take as long as it likes: it may be a stream.
    clearTimeout(timer);
  }
}

function mayRepeat(call: WireCall, error: Error): boolean {
  if (call.signal?.aborted) return false;
  if (error instanceof TurnpikeError)
    return REFUSED_UNDONE.has(error.status) || (call.repeatable && OUTAGES.has(error.status));
  return call.repeatable && error instanceof ConnectionError;
}

function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MS * 2 ** attempt, BACKOFF_MS_MAX) * (1 - Math.random() / 4);
}
