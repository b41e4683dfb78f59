import { LRUCache } from 'lru-cache';
import type { Waiting } from './batch.ts';

/** Subjects counted while the store is down. */
const SUBJECTS_MAX = 100_000;

interface OpenWindow {
  count: number;
  readonly resetAtMs: number;
}

/**
 * The script's algorithm inside one process, for when Redis is down: each of `edges` admits its share of a limit (at
 * least one). Windows outlast the outage, as a store that comes and goes must not open new ones each time.
 */
export class LocalWindows {
  readonly #subjects = new LRUCache<string, Map<number, OpenWindow>>({ max: SUBJECTS_MAX });

  /**
   * Decides a batch on a clock that never steps, `monotonicMs`; returns a reply of the script's form, in epoch milliseconds, whose counts are
   * set so that what remains is what remains of the share.
   */
  decide(batch: readonly Waiting[], edges: number, monotonicMs: number, epochMs: number): number[] {
    const reply = [epochMs];
    for (const { plan, resolvers } of batch) {
      let admitted = resolvers.length;
      const touched: { window: OpenWindow; withheld: number }[] = [];
      for (const { key, windows } of plan.subjects) {
        for (const { limit, lengthMs } of windows) {
          const window = this.#open(key, lengthMs, monotonicMs);
          const share = Math.max(1, Math.floor(limit / edges));
          admitted = Math.max(0, Math.min(admitted, share - window.count));
          touched.push({ window, withheld: limit - share });
        }
      }
      reply.push(admitted);
      for (const { window, withheld } of touched) {
        window.count += admitted;
        reply.push(window.count + withheld, window.resetAtMs - monotonicMs + epochMs);
      }
    }
    return reply;
  }

  #open(key: string, lengthMs: number, nowMs: number): OpenWindow {
    let windows = this.#subjects.get(key);
    if (windows === undefined) {
      windows = new Map();
      this.#subjects.set(key, windows);
    }
    const current = windows.get(lengthMs);
    if (current !== undefined && current.resetAtMs > nowMs) return current;
    const opened = { count: 0, resetAtMs: nowMs + lengthMs };
    windows.set(lengthMs, opened);
    return opened;
  }
}
