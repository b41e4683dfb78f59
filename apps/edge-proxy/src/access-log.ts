import { userOf } from './domain/principal.ts';
import type { Exchange } from './pipeline/exchange.ts';

/** Lines wait this long, in milliseconds, or until this many characters are waiting; then they are written in one go. */
const FLUSH_MS = 200;
const FLUSH_CHARS = 65_536;

export type AccessLogMode = 'all' | 'errors' | 'off';

/**
 * One JSON line per request, built by hand and written in batches, so that logging costs next to nothing. The query is left out: people
 * put secrets into queries.
 */
export class AccessLog {
  readonly #mode: AccessLogMode;
  readonly #write: (text: string) => void;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  #second = 0;
  #secondText = '';

  constructor(mode: AccessLogMode, write: (text: string) => void) {
    this.#mode = mode;
    this.#write = write;
  }

  /** `durationMs` from the first byte of the headers to the end of the answer; `nowMs` epoch milliseconds. */
  add(exchange: Exchange, status: number, durationMs: number, nowMs: number): void {
    if (this.#mode === 'off' || (this.#mode === 'errors' && status < 500)) return;
    const { request, route, caller, requestId } = exchange;
    // A path that was accepted has nothing to escape.
    const path =
      exchange.target === undefined
        ? JSON.stringify((request.url ?? '').split('?', 1)[0])
        : `"${exchange.target.path}"`;
    const userId = userOf(caller);
    const user = userId === undefined ? '' : `,"user":"${userId}"`;
    const service = caller.kind === 'service' ? `,"service":"${caller.name}"` : '';
    this.#waiting +=
      `{"level":"info","time":"${this.#time(nowMs)}","msg":"request","method":"${request.method}","path":${path},` +
      `"status":${status},"ms":${durationMs.toFixed(1)},"route":"${route?.id ?? ''}","request_id":${JSON.stringify(requestId)}${user}${service}}\n`;
    if (this.#waiting.length >= FLUSH_CHARS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
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
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '') this.#write(text);
  }
}
