import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange } from './pipeline/exchange.ts';

/** Requests of one connection that may be under way at a time. */
const IN_FLIGHT_MAX = 8;
/** Requests of one connection that may wait before no more are read; what one read has brought already (64 KiB) comes on top. */
const WAITING_MAX = 32;
/** Methods whose requests may overlap (RFC 9110 §9.2.1); what others do may depend on the one before. */
const SAFE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Waiting {
  /** `undefined` for a refusal of bytes that are no request. */
  readonly request: IncomingMessage | undefined;
  readonly start: () => void;
}

/**
 * The requests of one client connection, in their order. A pipeline is served side by side only as far as its methods
 * are safe (RFC 9112 §9.3.2), and a few at a time, since one connection is one caller's share.
 */
export class ClientConnection {
  /** The latest exchange, to which what the parser says afterwards belongs. */
  latest: Exchange | undefined;
  readonly #socket: Duplex;
  readonly #waiting: Waiting[] = [];
  #inFlight = 0;
  /** The one under way has a method that is not safe. */
  #alone = false;
  #held = false;
  #broken = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Whether no request is under way or waits. */
  get idle(): boolean {
    return this.#inFlight === 0 && this.#waiting.length === 0;
  }

  /** Whether a request may start at once; then it has, and `ended` is due for it. */
  starts({ method }: IncomingMessage): boolean {
    if (this.#waiting.length > 0 || !this.#admits(method)) return false;
    this.#begin(method);
    return true;
  }

  /** Keeps a request for its turn. It never starts on a connection that has closed. */
  wait(request: IncomingMessage, start: () => void): void {
    this.#waiting.push({ request, start });
    if (this.#waiting.length > WAITING_MAX) this.#hold();
  }

  /**
   * The parser refused bytes behind the requests that are whole: those are answered, and then `refuse` is called, once.
   * Returns false where the bytes are the rest of the request that is under way.
   */
  refusesAfterwards(refuse: () => void): boolean {
    if (this.#broken) return true;
    const last = this.#waiting.at(-1)?.request ?? this.latest?.request;
    if (this.#waiting.length === 0 && last?.complete === false) return false;
    this.#broken = true;
    if (last?.complete === false) this.#waiting.pop();
    this.#waiting.push({ request: undefined, start: refuse });
    return true;
  }

  /** A request that started has been answered, or its connection has closed. */
  ended(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#alone = false;
    if (this.#socket.destroyed) this.#waiting.length = 0;
    for (let [next] = this.#waiting; next !== undefined && this.#admits(next.request?.method); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#begin(next.request?.method);
      next.start();
    }
    if (this.#held && this.#waiting.length <= WAITING_MAX) {
      this.#held = false;
      this.#socket.resume();
    }
  }

  #admits(method: string | undefined): boolean {
    return this.#inFlight === 0 || (!this.#alone && SAFE.has(method) && this.#inFlight < IN_FLIGHT_MAX);
  }

  #begin(method: string | undefined): void {
    this.#inFlight += 1;
    this.#alone = !SAFE.has(method);
  }

  /** Stops reading. Node starts again whenever a body is read, so it is stopped each time until the wait is over. */
  #hold(): void {
    this.#held = true;
    this.#socket.pause();
    this.#socket.off('resume', this.#stayPaused).on('resume', this.#stayPaused);
  }

  readonly #stayPaused = (): void => {
    if (this.#held) this.#socket.pause();
  };
}
