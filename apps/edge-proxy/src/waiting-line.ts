import { ClientLeft } from './upstream/failure.ts';

export interface WaitingLineOptions {
  /** Requests that may wait at the same time; further ones are refused at once. */
  readonly waitingMax: number;
  /** How long each may wait, in milliseconds. */
  readonly timeoutMs: number;
}

/** It would have to wait behind too many others, or has waited too long. */
export class LineRefusal extends Error {
  override readonly name = 'LineRefusal';
  readonly kind: 'full' | 'timeout';

  constructor(kind: 'full' | 'timeout') {
    super(kind === 'full' ? 'too many requests wait' : 'the wait was too long');
    this.kind = kind;
  }
}

/** Requests that wait for their turn, such as a connection, in the order they came. */
export class WaitingLine<T> {
  readonly #options: WaitingLineOptions;
  readonly #waiting = new Set<Waiting<T>>();

  constructor(options: WaitingLineOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A place at the end. Throws `LineRefusal` when there is none. */
  join(): Waiting<T> {
    const { waitingMax, timeoutMs } = this.#options;
    if (this.#waiting.size >= waitingMax) throw new LineRefusal('full');
    const waiting = new Waiting<T>(timeoutMs, () => this.#waiting.delete(waiting));
    this.#waiting.add(waiting);
    return waiting;
  }

  /** Hands out what `take` finds, to those who have waited longest, until it finds nothing. */
  serve(take: () => T | undefined): void {
    for (const waiting of this.#waiting) {
      const turn = take();
      if (turn === undefined) return;
      waiting.give(turn);
    }
  }

  /** Lets the one through who has waited longest. */
  serveOne(turn: T): void {
    for (const waiting of this.#waiting) {
      waiting.give(turn);
      return;
    }
  }
}

/** One request's place in the line. */
export class Waiting<T> {
  /** What it waits for. Rejects with `LineRefusal` when the time is up, and with `ClientLeft`. */
  readonly turn: Promise<T>;
  readonly #settle: { resolve: (turn: T) => void; reject: (error: Error) => void };
  readonly #timer: NodeJS.Timeout;
  readonly #onEnd: () => void;

  constructor(timeoutMs: number, onEnd: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.turn = promise;
    this.#settle = { resolve, reject };
    this.#onEnd = onEnd;
    this.#timer = setTimeout(() => this.#giveUp(new LineRefusal('timeout')), timeoutMs);
  }

  give(turn: T): void {
    this.#end();
    this.#settle.resolve(turn);
  }

  /** The client left, so its place is another one's. */
  clientGone(): boolean {
    this.#giveUp(new ClientLeft());
    return false;
  }

  #giveUp(error: Error): void {
    this.#end();
    this.#settle.reject(error);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#onEnd();
  }
}
