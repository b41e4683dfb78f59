/** Most keys whose use waits to be written. */
const PENDING_MAX = 10_000;

/** When keys were last used, kept in memory and written together: a call never waits for it. */
export class KeyUse {
  #pending = new Map<string, number>();
  readonly #write: (uses: ReadonlyMap<string, number>) => Promise<void>;
  readonly #nowMs: () => number;

  constructor(write: (uses: ReadonlyMap<string, number>) => Promise<void>, nowMs: () => number) {
    this.#write = write;
    this.#nowMs = nowMs;
  }

  /**
   * Records in memory; never throws, never waits. Past the bound the use of further keys is forgotten until the next
   * flush.
   */
  note(keyId: string): void {
    if (this.#pending.size < PENDING_MAX || this.#pending.has(keyId)) this.#pending.set(keyId, this.#nowMs());
  }

  /** Writes what was noted. What cannot be written is kept for the next time, within the bound, unless the key was used again. */
  async flush(): Promise<void> {
    const uses = this.#pending;
    if (uses.size === 0) return;
    this.#pending = new Map();
    try {
      await this.#write(uses);
    } catch (error) {
      this.#pending = new Map([...uses, ...this.#pending].slice(0, PENDING_MAX));
      throw error;
    }
  }
}
