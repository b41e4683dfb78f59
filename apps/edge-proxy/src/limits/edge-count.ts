import { randomUUID } from 'node:crypto';
import type { Store } from '../stores/redis.ts';

const KEY = '{turnpike}:edges';
const BEAT_MS = 2_000;
/** An edge that has not been heard of for this long is gone, in milliseconds. */
const GONE_AFTER_MS = 10_000;

/** How many edge processes share the limits: each leaves a sign in Redis, so each knows its share when Redis goes away. */
export class EdgeCount {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #id = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #edges = 1;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#timer = setInterval(() => void this.#beat(), BEAT_MS);
    this.#timer.unref();
    store.once('ready', () => void this.#beat());
  }

  /** The last count known, at least 1. */
  get edges(): number {
    return this.#edges;
  }

  stop(): void {
    clearInterval(this.#timer);
    // Best effort: an edge that leaves without a word is forgotten a little later.
    this.#store.zrem(KEY, this.#id).catch(() => {});
  }

  async #beat(): Promise<void> {
    const now = this.#now();
    try {
      await this.#store.zadd(KEY, now, this.#id);
      await this.#store.zremrangebyscore(KEY, '-inf', now - GONE_AFTER_MS);
      this.#edges = Math.max(1, await this.#store.zcard(KEY));
    } catch {
      // The last count stays: while the store is away nobody joins the count either.
    }
  }
}
