import { setTimeout as pause } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';
import { HEADER } from '@turnpike/contracts';
import { IDLE_CONNECTION_MS_MAX, isTracing, startSpan, unavailable, withSpan, type Span } from '@turnpike/service-kit';

export interface InternalHttpOptions {
  /** The called service's name, for messages. */
  readonly service: string;
  readonly origin: string;
  readonly serviceKey: string | undefined;
  /** How long one call may take altogether, in milliseconds. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
}

/** The request on whose behalf a call is made. */
export interface Cause {
  readonly requestId: string;
  readonly traceparent?: string | undefined;
}

export interface InternalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** How often a repeatable call is made again, and after which pause in milliseconds. */
const REPEATS_MAX = 2;
const REPEAT_PAUSE_MS = 25;
/** A connection that closed, or that a restarting process did not take. */
const CLOSED_CODES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE']);

/** Largest answer read, in bytes; more than any internal endpoint sends. */
const ANSWER_BYTES_MAX = 4_194_304;

/**
 * JSON calls to one of Turnpike's own services, for the hot path: undici's dispatch without streams or signals in between, one timer per
 * call. A refused connection, a time-out and a 5xx all throw `service.unavailable`, so an outage is never taken for a refusal.
 */
export class InternalHttp {
  readonly #pool: Pool;
  readonly #options: InternalHttpOptions;

  constructor(options: InternalHttpOptions) {
    this.#options = options;
    this.#pool = new Pool(options.origin, {
      connections: options.connectionsMax,
      connectTimeout: options.timeoutMs,
      keepAliveTimeout: IDLE_CONNECTION_MS_MAX,
      keepAliveMaxTimeout: IDLE_CONNECTION_MS_MAX,
      // The call's own timer is the deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** POSTs `body` as JSON, or GETs when there is none. */
  call(path: string, body: unknown, cause: Cause): Promise<InternalAnswer> {
    return this.#call(path, body, cause, this.#options.timeoutMs);
  }

  /**
   * `call`, for what may be done twice: made again, within the same time, where its connection closed before the answer came. A service that
   * restarts closes connections that are in use.
   */
  async callRepeatably(path: string, body: unknown, cause: Cause): Promise<InternalAnswer> {
    const endMs = performance.now() + this.#options.timeoutMs;
    for (let repeats = 0; ; repeats += 1) {
      const leftMs = endMs - performance.now();
      try {
        return await this.#call(path, body, cause, leftMs);
      } catch (error) {
        if (repeats >= REPEATS_MAX || leftMs <= REPEAT_PAUSE_MS || !isClosed(error)) throw error;
        await pause(REPEAT_PAUSE_MS);
      }
    }
  }

  #call(path: string, body: unknown, cause: Cause, timeoutMs: number): Promise<InternalAnswer> {
    const span = isTracing() ? this.#startSpan(path, body, cause) : undefined;
    if (span === undefined) return this.#send(path, body, cause, timeoutMs);
    const within = { requestId: cause.requestId, traceparent: span.traceparent };
    return withSpan(span, () => this.#send(path, body, within, timeoutMs));
  }

  #startSpan(path: string, body: unknown, { traceparent }: Cause): Span | undefined {
    const method = body === undefined ? 'GET' : 'POST';
    const { service, origin } = this.#options;
    return startSpan(`${method} ${service}`, 'client', traceparent, {
      'http.request.method': method,
      'url.full': origin + path,
      'peer.service': service,
    });
  }

  #send(path: string, body: unknown, cause: Cause, timeoutMs: number): Promise<InternalAnswer> {
    const { serviceKey } = this.#options;
    const headers = ['accept', 'application/json', HEADER.requestId, cause.requestId];
    if (serviceKey !== undefined) headers.push(HEADER.serviceKey, serviceKey);
    if (cause.traceparent !== undefined) headers.push(HEADER.traceparent, cause.traceparent);
    const json = body === undefined ? null : JSON.stringify(body);
    if (json !== null) headers.push('content-type', 'application/json');
    return new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => reject(unavailable(`The ${this.#options.service} service`, reason));
      const request = { path, method: json === null ? 'GET' : 'POST', headers, body: json };
      this.#pool.dispatch(request, new AnswerHandler(timeoutMs, resolve, fail));
    });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function isClosed(error: unknown): boolean {
  const reason = error instanceof Error ? error.cause : undefined;
  return reason instanceof Error && CLOSED_CODES.has(String((reason as NodeJS.ErrnoException).code));
}

/** Collects one answer. The timer also covers waiting for a free connection, which undici's own time-outs do not. */
class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: InternalAnswer) => void;
  readonly #fail: (reason: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: InternalAnswer['headers'] = {};
  #controller: Dispatcher.DispatchController | undefined;
  #expired = false;

  constructor(timeoutMs: number, resolve: (answer: InternalAnswer) => void, fail: (reason: unknown) => void) {
    this.#resolve = resolve;
    this.#fail = fail;
    this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
  }

  #expire(timeoutMs: number): void {
    this.#expired = true;
    const reason = new Error(`no answer within ${timeoutMs} ms`);
    this.#fail(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#expired) controller.abort(new Error('the call has expired'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: InternalAnswer['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MAX) controller.abort(new Error('the answer is too large'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    const [first] = this.#chunks;
    const text = (this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)).toString('utf8');
    if (this.#status >= 500) {
      this.#fail(new Error(`answered ${this.#status}`));
      return;
    }
    try {
      this.#resolve({ status: this.#status, headers: this.#headers, body: text === '' ? undefined : JSON.parse(text) });
    } catch (error) {
      this.#fail(error);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    this.#fail(error);
  }
}
