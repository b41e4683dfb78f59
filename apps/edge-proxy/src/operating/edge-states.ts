import { edgeState, type EdgeState } from '@turnpike/contracts';
import type { Logger } from '@turnpike/service-kit';
import type { Store } from '../stores/redis.ts';

/** How often an edge says how it is, in milliseconds. */
const BEAT_MS = 2_000;
/** How long what it said stands, in milliseconds: several beats, so that one that Redis missed hides no edge. */
const LIFE_MS = 10_000;
/** Edges that are listed. */
const EDGES_MAX = 500;

/** One slot for all of it, so that a cluster serves it in one call. */
const INDEX = '{turnpike}:edge-states';
const keyOf = (id: string): string => `${INDEX}:${id}`;

/** What the edges say of themselves, in Redis. */
export class EdgeStates {
  readonly #store: Store;
  readonly #own: () => EdgeState;
  readonly #timer: NodeJS.Timeout;

  /** Says what `own` returns from now on. While Redis is down nothing is said, and requests do not notice. */
  constructor(store: Store, own: () => EdgeState, logger: Logger) {
    this.#store = store;
    this.#own = own;
    this.#timer = setInterval(() => {
      this.say().catch((err: unknown) => logger.debug({ err }, 'the state of this edge was not reported'));
    }, BEAT_MS);
    this.#timer.unref();
  }

  async say(): Promise<void> {
    const state = this.#own();
    const nowMs = Date.now();
    await this.#store
      .pipeline()
      .set(keyOf(state.id), JSON.stringify(state), 'PX', LIFE_MS)
      .zadd(INDEX, nowMs, state.id)
      .zremrangebyscore(INDEX, 0, nowMs - LIFE_MS)
      .exec();
  }

  /** All edges that spoke in the last ten seconds, this one as it is now, by host and process. */
  async all(): Promise<EdgeState[]> {
    const own = this.#own();
    const ids = await this.#store.zrange(INDEX, 0, String(EDGES_MAX - 1));
    const others = ids.filter((id) => id !== own.id);
    const texts = others.length === 0 ? [] : await this.#store.mget(others.map(keyOf));
    // Another release may say it in other words; what it says then is left out.
    const heard = texts.flatMap((text) => (text === null ? [] : (edgeState.safeParse(JSON.parse(text)).data ?? [])));
    return [own, ...heard].toSorted((a, b) => a.host.localeCompare(b.host) || a.pid - b.pid);
  }

  /** Says nothing more, and takes back what was said. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const { id } = this.#own();
    await this.#store
      .pipeline()
      .del(keyOf(id))
      .zrem(INDEX, id)
      .exec()
      .catch(() => {});
  }
}
