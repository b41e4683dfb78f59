import type { Dispatcher } from 'undici';
import { takesComments } from '../domain/event-stream.ts';
import { headerValue, type ParsedHeader } from '../domain/header-value.ts';
import type { Edge } from '../edge.ts';
import { endAfterUnreadBody } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { Heartbeat } from './heartbeat.ts';

/** What writing to a client needs. */
export type WriterTools = Pick<Edge, 'config' | 'monotonicMs'>;

export type Headers = Readonly<Record<string, ParsedHeader>>;

const NOTHING = Buffer.alloc(0);
/** Longest last piece that is sent together with the head, in bytes. */
const JOINED_BYTES_MAX = 16_384;

/** The client's side of a relayed response: writes pieces as they come and at the client's pace, and the last one when the response may end. */
export abstract class ClientWriter {
  readonly #exchange: Exchange;
  readonly #edge: WriterTools;
  /** Bytes still to come of a body with a length. */
  #expected = Number.POSITIVE_INFINITY;
  #last: Buffer | undefined;
  #stall: NodeJS.Timeout | undefined;
  #heartbeat: Heartbeat | undefined;

  constructor(exchange: Exchange, edge: WriterTools) {
    this.#exchange = exchange;
    this.#edge = edge;
  }

  /** After the head was written: what is known of the body, and the head of one without a length goes at once. */
  protected beginBody(status: number, headers: Headers): void {
    const { response, destination, request } = this.#exchange;
    if (request.method === 'HEAD') return;
    const length = headerValue(headers['content-length']);
    if (length !== undefined) this.#expected = Number(length);
    else {
      // An empty piece sends the head at once. `flushHeaders` would too, but as UTF-8, which changes bytes past ASCII.
      response.write(NOTHING);
      this.#exchange.endlessSinceMs = this.#edge.monotonicMs();
    }
    const beat = destination.route.heartbeatMs;
    if (beat !== undefined && takesComments(status, headers)) this.#heartbeat = new Heartbeat(response, beat);
  }

  /** Keeps the last piece back, and lets the upstream wait for a client that reads slowly. */
  protected writeBody(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#expected -= chunk.length;
    if (this.#expected <= 0) {
      this.#last = chunk;
      return;
    }
    const { response } = this.#exchange;
    this.#heartbeat?.saw(chunk);
    if (response.write(chunk) || response.destroyed) return;
    controller.pause();
    this.#endIfStalled();
    response.once('drain', () => {
      clearTimeout(this.#stall);
      this.#stall = undefined;
      controller.resume();
    });
  }

  protected endBody(): void {
    const { response } = this.#exchange;
    const last = this.#last;
    if (this.#exchange.bodyComing) {
      if (last !== undefined) response.write(last);
      endAfterUnreadBody(this.#exchange);
      return;
    }
    // Head and body of a short answer leave in one write: Node joins them if the body is text of the head's encoding.
    if (last !== undefined && last.length <= JOINED_BYTES_MAX) response.end(last.toString('latin1'), 'latin1');
    else response.end(last);
    if (response.writableLength > 0) this.#endIfStalled();
  }

  /** Whoever reads nothing holds a connection and its buffers: not forever. */
  #endIfStalled(): void {
    const { response } = this.#exchange;
    // An answer that waits behind an earlier one on the same connection has not begun to be taken.
    if (response.socket === null) response.once('socket', () => this.#endIfStalled());
    else this.#stall ??= setTimeout(() => response.destroy(), this.#edge.config.CLIENT_STALL_TIMEOUT_MS);
  }

  protected stopTimers(): void {
    clearTimeout(this.#stall);
    this.#heartbeat?.stop();
  }
}
