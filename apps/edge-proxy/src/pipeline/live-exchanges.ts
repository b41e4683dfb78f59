import type { Exchange } from './exchange.ts';

/**
 * The exchanges under way, in an array where the last takes the place of one that ends. A Set would keep finished
 * exchanges alive: each table that it outgrows holds the next one until a full collection (bench/README.md).
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
