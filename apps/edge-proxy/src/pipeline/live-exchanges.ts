import type { Exchange } from './exchange.ts';

/**
 * The exchanges under way. An array in which the last one takes the place of one that ends, rather than a Set: V8 grows a Set that is added to and
 * deleted from by copying its table, and each outgrown table, once it is old, keeps the next one and the finished exchanges in it alive until a
 * full collection. That made one exchange in five outlive its request, and a sixth of the edge's work was copying them.
 */
export class LiveExchanges {
  readonly #all: Exchange[] = [];

  get size(): number {
    return this.#all.length;
  }

  has(exchange: Exchange): boolean {
    return exchange.liveIndex >= 0;
  }

  add(exchange: Exchange): void {
    exchange.liveIndex = this.#all.push(exchange) - 1;
  }

  /** Does nothing for one that has ended already. */
  delete(exchange: Exchange): void {
    const index = exchange.liveIndex;
    if (index < 0) return;
    exchange.liveIndex = -1;
    const last = this.#all.pop();
    if (last === undefined || last === exchange) return;
    this.#all[index] = last;
    last.liveIndex = index;
  }

  /** Those under way at this moment, for a caller that may end some of them. */
  [Symbol.iterator](): Iterator<Exchange> {
    return [...this.#all].values();
  }
}
