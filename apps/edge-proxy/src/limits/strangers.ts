import { hashOf } from '../domain/windows.ts';

/** Names that have a counter of their own at a time. */
const OWN_MAX = 50_000;
/** Counters that all other names share. */
const SHARED = 1_024;

/**
 * What people whom nobody knows are counted by: an address, or a secret that may be made up. Whoever has many of them must not fill the store
 * with keys, so only so many have counters of their own within a span, in which every counter ends; past that they share some.
 */
export class Strangers {
  readonly #spanMs: number;
  readonly #monotonicMs: () => number;
  readonly #own = new Set<string>();
  #sinceMs: number;

  /** `spanMs`: the longest window that strangers are counted in. */
  constructor(spanMs: number, monotonicMs: () => number) {
    this.#spanMs = spanMs;
    this.#monotonicMs = monotonicMs;
    this.#sinceMs = monotonicMs();
  }

  /** The name to count under. */
  nameOf(name: string): string {
    const nowMs = this.#monotonicMs();
    if (nowMs - this.#sinceMs >= this.#spanMs) {
      this.#own.clear();
      this.#sinceMs = nowMs;
    }
    if (this.#own.has(name)) return name;
    if (this.#own.size >= OWN_MAX) return `shared:${hashOf(name) % SHARED}`;
    this.#own.add(name);
    return name;
  }
}
