import { randomUUID } from 'node:crypto';
import type { Store } from '../stores/redis.ts';

const KEY = '{turnpike}:edges';
const BEAT_MS = 2_000;
/** An edge that has not been heard of for this long is gone, in milliseconds. */
const GONE_AFTER_MS = 10_000;

/** Leaves the sign of one edge, forgets those that are gone and counts the others, all on the store's clock: edges' own ones may differ. */
const BEAT_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
return redis.call('ZCARD', KEYS[1])
`;

/** How many edge processes share the limits: each leaves a sign in Redis, so each knows its share when Redis goes down. */
export class EdgeCount {
  readonly #store: Store;
  readonly #id = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #edges = 1;

  constructor(store: Store) {
    this.#store = store;
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
    try {
      const edges = await this.#store.eval(BEAT_SCRIPT, 1, KEY, this.#id, GONE_AFTER_MS);
      this.#edges = Math.max(1, Number(edges));
    } catch {
      // The last count stays: while the store is down nobody joins the count either.
    }
  }
}
