import type { Decision, LimitPlan, WindowState } from '../domain/windows.ts';

/** Requests of one tick that wait for the same plan's decision. */
export interface Waiting {
  readonly plan: LimitPlan;
  /** In the order they came; the first ones are admitted first. */
  readonly resolvers: ((decision: Decision) => void)[];
  /** Requests that only look and consume nothing. */
  readonly lookers: ((decision: Decision) => void)[];
}

/** What the script receives for a batch. */
export interface ScriptCall {
  readonly keys: string[];
  readonly args: number[];
}

/** Puts a batch into the script's form. */
export function encodeBatch(batch: readonly Waiting[]): ScriptCall {
  const indexes = new Map<string, number>();
  const keys: string[] = [];
  const args: number[] = [];
  for (const { plan, resolvers } of batch) {
    args.push(resolvers.length, plan.subjects.length);
    for (const { key, windows } of plan.subjects) {
      let index = indexes.get(key);
      if (index === undefined) {
        index = keys.push(key);
        indexes.set(key, index);
      }
      args.push(index, windows.length);
      for (const { limit, lengthMs } of windows) args.push(limit, lengthMs);
    }
  }
  return { keys, args };
}

/** Reads the script's reply and tells every waiting request its own outcome. */
export function answerBatch(batch: readonly Waiting[], reply: readonly number[], degraded: boolean): void {
  const nowMs = reply[0] ?? 0;
  let at = 1;
  for (const { plan, resolvers, lookers } of batch) {
    const admitted = reply[at] ?? 0;
    at += 1;
    const counted: { window: WindowState['window']; count: number; resetAtMs: number }[] = [];
    for (const { windows } of plan.subjects) {
      for (const window of windows) {
        counted.push({ window, count: reply[at] ?? 0, resetAtMs: reply[at + 1] ?? 0 });
        at += 2;
      }
    }
    // The n-th admitted request reads what was left right after it.
    const statesAt = (later: number): WindowState[] =>
      counted.map(({ window, count, resetAtMs }) => ({ window, remaining: Math.max(0, window.limit - count + later), resetAtMs }));
    const last = statesAt(0);
    for (const [index, resolve] of resolvers.entries()) {
      const later = admitted - 1 - index;
      resolve({ admitted: later >= 0, states: later > 0 ? statesAt(later) : last, nowMs, degraded });
    }
    for (const resolve of lookers) resolve({ admitted: true, states: last, nowMs, degraded });
  }
}
