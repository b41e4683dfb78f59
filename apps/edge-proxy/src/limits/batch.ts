import type { Decision, LimitPlan, WindowState } from '../domain/windows.ts';

/** Requests of one tick that wait for the same plan's decision. */
export interface Waiting {
  readonly plan: LimitPlan;
  /** In the order they came; the first ones are admitted first. */
  readonly resolvers: ((decision: Decision) => void)[];
  /** Requests that only peek and consume nothing. */
  readonly peekers: ((decision: Decision) => void)[];
  /** Spans of those requests, while traces are recorded. */
  traceparents?: string[];
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
  for (const { plan, resolvers, peekers } of batch) {
    const admitted = reply[at] ?? 0;
    const first = at + 1;
    const { windows } = plan;
    at = first + 2 * windows.length;
    const last = statesOf(plan, reply, first, 0);
    for (let index = 0; index < resolvers.length; index += 1) {
      // The n-th admitted request reads what was left right after it.
      const later = admitted - 1 - index;
      const states = later > 0 ? statesOf(plan, reply, first, later) : last;
      resolvers[index]?.({ admitted: later >= 0, states, windows, nowMs, degraded });
    }
    for (const resolve of peekers) resolve({ admitted: true, states: last, windows, nowMs, degraded });
  }
}

/** Where a plan's windows stood when `later` of the batch's admitted requests were still to come. */
function statesOf({ windows }: LimitPlan, reply: readonly number[], first: number, later: number): WindowState[] {
  const states: WindowState[] = [];
  for (let index = 0; index < windows.length; index += 1) {
    const window = windows[index];
    if (window === undefined) continue;
    const count = reply[first + 2 * index] ?? 0;
    states.push({
      window,
      remaining: Math.max(0, window.limit - count + later),
      resetAtMs: reply[first + 2 * index + 1] ?? 0,
    });
  }
  return states;
}
