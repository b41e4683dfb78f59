import { checkWrites, deadline, isTracing } from '@turnpike/service-kit';
import type { Decision, LimitPlan } from '../domain/windows.ts';
import type { Store } from '../stores/redis.ts';
import { answerBatch, encodeBatch, type Waiting } from './batch.ts';
import { LIMIT_SCRIPT, LIMIT_SCRIPT_SHA1 } from './limit-script.ts';
import { withLimitSpans } from './limit-spans.ts';
import { LocalWindows } from './local-windows.ts';

export interface LimiterOptions {
  readonly store: Store;
  /** A script may touch keys of one slot only, so a batch is split by slot. */
  readonly cluster: boolean;
  /** How long a decision waits for the store, in milliseconds. */
  readonly timeoutMs: number;
  /** How many edges there are, as far as this one knows. */
  readonly edges: () => number;
  /** Milliseconds of a clock that never steps. */
  readonly monotonicMs: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told of each call to the store and how it ended, and of an outage's reason. */
  readonly onBatch: (requests: number, outcome: 'store' | 'local', error?: unknown) => void;
}

/** Plans decided in one call; keeps the script's work, and so everybody's wait, short. */
const PLANS_PER_CALL_MAX = 256;
/** Pause after a failed call before the store is asked again, in milliseconds. */
const RETRY_AFTER_MS = 500;

/**
 * Rate limits, exact across any number of edges: all decisions that come up in one turn of the event loop travel in one call to the
 * store, which decides them on its own clock. While the store is down or slow each edge decides alone, against its share.
 */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #local = new LocalWindows();
  #batch = new Map<string, Waiting>();
  #scheduled = false;
  #degradedUntilMs = 0;
  #degraded = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** Whether decisions are local at the moment. */
  get degraded(): boolean {
    return this.#degraded;
  }

  /**
   * Counts one request against all windows of its plan, or refuses it and counts nothing.
   *
   * @param traceparent the span that the call to the store belongs to
   */
  consume(plan: LimitPlan, traceparent?: string): Promise<Decision> {
    return new Promise((resolve) => void this.#waiting(plan, traceparent).resolvers.push(resolve));
  }

  /** Where the windows stand; consumes nothing and is always admitted. `traceparent` as for `consume`. */
  peek(plan: LimitPlan, traceparent?: string): Promise<Decision> {
    return new Promise((resolve) => void this.#waiting(plan, traceparent).peekers.push(resolve));
  }

  #waiting(plan: LimitPlan, traceparent: string | undefined): Waiting {
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
    let waiting = this.#batch.get(plan.id);
    if (waiting === undefined) {
      waiting = { plan, resolvers: [], peekers: [] };
      this.#batch.set(plan.id, waiting);
    }
    if (isTracing() && traceparent !== undefined) (waiting.traceparents ??= []).push(traceparent);
    return waiting;
  }

  #flush(): void {
    const all = [...this.#batch.values()];
    this.#batch = new Map();
    this.#scheduled = false;
    for (const batch of this.#options.cluster ? bySlot(all) : [all]) {
      for (let start = 0; start < batch.length; start += PLANS_PER_CALL_MAX) {
        void this.#decide(batch.slice(start, start + PLANS_PER_CALL_MAX));
      }
    }
  }

  async #decide(batch: readonly Waiting[]): Promise<void> {
    const { monotonicMs, now, onBatch, edges } = this.#options;
    if (monotonicMs() >= this.#degradedUntilMs) {
      try {
        const asking = isTracing() ? withLimitSpans(batch, () => this.#ask(batch)) : this.#ask(batch);
        const reply = await deadline(asking, this.#options.timeoutMs, 'a decision by redis');
        this.#degraded = false;
        onBatch(batch.length, 'store');
        answerBatch(batch, reply, false);
        return;
      } catch (error) {
        this.#degraded = true;
        this.#degradedUntilMs = monotonicMs() + RETRY_AFTER_MS;
        onBatch(batch.length, 'local', error);
      }
    } else {
      onBatch(batch.length, 'local');
    }
    answerBatch(batch, this.#local.decide(batch, edges(), monotonicMs(), now()), true);
  }

  async #ask(batch: readonly Waiting[]): Promise<number[]> {
    const { keys, args } = encodeBatch(batch);
    const { store } = this.#options;
    // Peeking changes nothing, so it would succeed at a store that only reads, and end the outage for those who count.
    if (this.#degraded) await checkWrites(store, 'limits');
    try {
      return (await store.evalsha(LIMIT_SCRIPT_SHA1, keys.length, ...keys, ...args)) as number[];
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await store.eval(LIMIT_SCRIPT, keys.length, ...keys, ...args)) as number[];
    }
  }
}

/** The part of a key in braces decides its slot; all keys of one plan share it. */
function bySlot(batch: readonly Waiting[]): Waiting[][] {
  const groups = new Map<string, Waiting[]>();
  for (const waiting of batch) {
    const key = waiting.plan.subjects[0]?.key ?? '';
    const tag = key.slice(0, key.indexOf('}'));
    const group = groups.get(tag);
    if (group) group.push(waiting);
    else groups.set(tag, [waiting]);
  }
  return [...groups.values()];
}
