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

  constructor(mode: AccessLogMode, write: (text: string) => void) {
    this.#mode = mode;
    this.#write = write;
  }

  /** `durationMs` from the first byte of the headers to the end of the answer; `nowMs` epoch milliseconds. */
  add(exchange: Exchange, status: number, durationMs: number, nowMs: number): void {
    if (this.#mode === 'off' || (this.#mode === 'errors' && status < 500)) return;
    const { request, route, caller, requestId } = exchange;
    const path = JSON.stringify((request.url ?? '').split('?', 1)[0]);
    const userId = userOf(caller);
    const user = userId === undefined ? '' : `,"user":"${userId}"`;
    const service = caller.kind === 'service' ? `,"service":"${caller.name}"` : '';
    this.#waiting +=
      `{"level":"info","time":"${new Date(nowMs).toISOString()}","msg":"request","method":${JSON.stringify(request.method)},"path":${path},` +
      `"status":${status},"ms":${durationMs.toFixed(1)},"route":"${route?.id ?? ''}","request_id":${JSON.stringify(requestId)}${user}${service}}\n`;
    if (this.#waiting.length >= FLUSH_CHARS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
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
