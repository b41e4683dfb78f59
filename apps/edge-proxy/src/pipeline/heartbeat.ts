import type { ServerResponse } from 'node:http';
import { EventBoundary } from '../domain/event-stream.ts';

/** A comment of the event stream format, which every reader ignores (HTML standard, §9.2.5). */
const COMMENT = ': keep-alive\n\n';

/** Keeps a silent event stream from looking dead to proxies in between. Comments go out only between events, never inside one. */
export class Heartbeat {
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;
  readonly #boundary = new EventBoundary();

  constructor(response: ServerResponse, intervalMs: number) {
    this.#response = response;
    this.#timer = setInterval(() => this.#beat(), intervalMs);
  }

  /** A piece of the stream goes out. */
  saw(chunk: Buffer): void {
    this.#boundary.saw(chunk);
    this.#timer.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (this.#boundary.between && !this.#response.writableNeedDrain) this.#response.write(COMMENT);
  }
}
