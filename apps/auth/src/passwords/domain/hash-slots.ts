/** All places are taken and the queue is full. */
export class HashingBusy extends Error {
  override readonly name = 'HashingBusy';

  constructor() {
    super('too many passwords are waiting to be hashed');
  }
}

/**
 * Runs at most `concurrency` pieces of work at once and lets `queueMax` more wait, first come first served. A place is held until its work
 * has ended, whether or not whoever asked for it still waits.
 */
export class HashSlots {
  readonly #queueMax: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(concurrency: number, queueMax: number) {
    this.#free = concurrency;
    this.#queueMax = queueMax;
  }

  /** The result of `work`, once it was its turn. Throws `HashingBusy` at once when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#waiting.length < this.#queueMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else throw new HashingBusy();
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody who has just come takes it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
