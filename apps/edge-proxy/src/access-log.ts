import { userOf, type Caller } from './domain/principal.ts';
import type { Exchange } from './pipeline/exchange.ts';
import { quoted, TextBuffer } from './text-buffer.ts';

/** Lines wait this long, in milliseconds, or until this many bytes are waiting; then they are written in one go. */
const FLUSH_MS = 200;
const FLUSH_BYTES = 65_536;
const MICRO = 1_000_000;

export type AccessLogMode = 'all' | 'errors' | 'off';

export interface AccessLogOptions {
  readonly mode: AccessLogMode;
  /** Whether lines name the client's address. */
  readonly addresses: boolean;
  readonly service: string;
  readonly write: (lines: Buffer) => void;
}

/** What is known of an exchange when it has ended. */
export interface Ending {
  /** What the client was answered; 499 where nobody stayed for it. */
  readonly status: number;
  /** From the first byte of the headers to the end of the answer. */
  readonly durationMs: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/**
 * One JSON line per request, built by hand and written in batches, so that logging costs next to nothing. The query is left out: people
 * put secrets into queries.
 */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #waiting = new TextBuffer();
  /** What is told of a caller, for callers that are remembered. */
  readonly #callers = new WeakMap<object, string>();
  readonly #origin: string;
  #timer: NodeJS.Timeout | undefined;
  #second = 0;
  #secondText = '';

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#origin = `"service":${JSON.stringify(options.service)},"pid":${process.pid}`;
  }

  add(exchange: Exchange, { status, durationMs, nowMs }: Ending): void {
    const { mode, addresses } = this.#options;
    if (mode === 'off' || (mode === 'errors' && status < 500)) return;
    const { request, route, requestId, hold, refusal, attemptMs, answeredMs, startedMs, target } = exchange;
    // A path that was accepted has nothing to escape.
    const path = target === undefined ? JSON.stringify((request.url ?? '').split('?', 1)[0]) : `"${target.path}"`;
    let line =
      `{"level":"info","time":"${this.#time(nowMs)}",${this.#origin},"msg":"request","method":"${request.method}","path":${path},` +
      `"status":${status},"ms":${durationMs.toFixed(1)},"route":"${route?.id ?? ''}","request_id":${quoted(requestId)},` +
      `"bytes_in":${exchange.requestBytes},"bytes_out":${exchange.responseBytes}${this.#callerOf(exchange.caller)}`;
    if (attemptMs !== undefined) {
      const upstreamMs = (answeredMs ?? startedMs + durationMs) - attemptMs;
      line += `,"upstream":"${route?.upstream ?? ''}","upstream_ms":${upstreamMs.toFixed(1)}`;
    }
    if (refusal !== undefined) line += `,"code":"${refusal.code}"`;
    if (hold !== undefined) line += `,"credits":${Number(hold.charged ?? 0n) / MICRO}`;
    if (exchange.cutByShutdown) line += ',"cut":true';
    if (addresses && exchange.origin !== undefined) line += `,"address":"${exchange.origin.address}"`;
    this.#waiting.add(`${line}}\n`);
    if (this.#waiting.length >= FLUSH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  #callerOf(caller: Caller): string {
    if (caller.kind !== 'user') return callerText(caller);
    let text = this.#callers.get(caller.principal);
    if (text === undefined) {
      text = callerText(caller);
      this.#callers.set(caller.principal, text);
    }
    return text;
  }

  /** RFC 3339. The second is rendered once for all its lines. */
  #time(nowMs: number): string {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, 20);
    }
    return `${this.#secondText}${String(Math.floor(nowMs) % 1_000).padStart(3, '0')}Z`;
  }

  /** Writes what is waiting. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#options.write(this.#waiting.takeBytes());
  }
}

/** Who called, as members of a JSON object. Ids and names of tiers, keys and services have nothing to escape. */
function callerText(caller: Caller): string {
  const userId = userOf(caller);
  const user = userId === undefined ? '' : `,"user":"${userId}"`;
  if (caller.kind === 'service') return `,"principal":"service","caller":"${caller.name}"${user}`;
  if (caller.kind !== 'user') return `,"principal":"${caller.kind}"`;
  const { tier, organisation, keyId } = caller.principal;
  return (
    `,"principal":"${keyId === undefined ? 'session' : 'key'}"${user},"tier":"${tier}"` +
    (organisation === undefined ? '' : `,"organisation":"${organisation.id}"`) +
    (keyId === undefined ? '' : `,"key":"${keyId}"`)
  );
}
