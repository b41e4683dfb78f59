import { unavailable } from '@turnpike/service-kit';

/** One statement's worth of work: all of one kind, at most one batch in flight per key. */
export interface LanesOptions<Kind extends string, Item, Result> {
  readonly kinds: readonly Kind[];
  /** Statements in flight at once. */
  readonly lanesMax: number;
  /** Items per statement. */
  readonly batchMax: number;
  /** Items waiting; more are refused at once. */
  readonly pendingMax: number;
  /** How long an item may wait for a lane, in milliseconds. */
  readonly waitMsMax: number;
  /** Runs a batch; gives one result per item, in order. Does not reject. */
  readonly run: (kind: Kind, items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
}

export interface Lanes<Kind extends string, Item, Result> {
  /**
   * Runs an item together with whatever else waits. Items of one key never overlap in two statements, so a busy account queues here, where
   * its calls are put together, rather than in the database, where each would wait for the one before. `id` tells equal requests apart
   * from different ones: two of one id never share a statement. Throws 503 when the queue is full or the wait too long.
   */
  submit(kind: Kind, key: string, id: string, item: Item): Promise<Result>;
  /** Items waiting for a lane. */
  readonly pending: number;
}

interface Waiting<Item, Result> {
  readonly id: string;
  readonly item: Item;
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface KeyQueue<Kind extends string, Item, Result> {
  busy: boolean;
  readonly waiting: Map<Kind, Waiting<Item, Result>[]>;
}

/** Puts concurrent calls together into batches: those that arrive together, and those that queue while all lanes are busy. */
export function createLanes<Kind extends string, Item, Result>(options: LanesOptions<Kind, Item, Result>): Lanes<Kind, Item, Result> {
  const { kinds, lanesMax, batchMax, pendingMax, waitMsMax, run } = options;
  const queues = new Map<string, KeyQueue<Kind, Item, Result>>();
  /** Keys with something waiting and nothing in flight, per kind, oldest first. */
  const ready = new Map(kinds.map((kind) => [kind, new Set<string>()]));
  let pending = 0;
  let inFlight = 0;
  let turn = 0;
  let scheduled = false;
  let overdueTimer: NodeJS.Timeout | undefined;

  function queueOf(key: string): KeyQueue<Kind, Item, Result> {
    const known = queues.get(key);
    if (known) return known;
    const queue: KeyQueue<Kind, Item, Result> = { busy: false, waiting: new Map() };
    queues.set(key, queue);
    return queue;
  }

  function markReady(key: string, queue: KeyQueue<Kind, Item, Result>): void {
    for (const [kind, waiting] of queue.waiting) if (waiting.length > 0) ready.get(kind)?.add(key);
    if (!queue.busy && pendingOf(queue) === 0) queues.delete(key);
  }

  /** The next batch of a kind: whole keys, oldest first, until it is full. */
  function nextBatch(kind: Kind): { keys: string[]; batch: Waiting<Item, Result>[] } {
    const keys: string[] = [];
    const batch: Waiting<Item, Result>[] = [];
    for (const key of ready.get(kind) ?? []) {
      if (batch.length >= batchMax) break;
      const queue = queueOf(key);
      const waiting = queue.waiting.get(kind) ?? [];
      const ids = new Set<string>();
      const left: Waiting<Item, Result>[] = [];
      for (const entry of waiting) {
        if (batch.length < batchMax && !ids.has(entry.id)) {
          ids.add(entry.id);
          batch.push(entry);
        } else left.push(entry);
      }
      queue.waiting.set(kind, left);
      queue.busy = true;
      keys.push(key);
      for (const keysReady of ready.values()) keysReady.delete(key);
    }
    return { keys, batch };
  }

  /** After the sockets that are readable now have been read: calls that arrived together go together. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      dispatch();
    });
  }

  function dispatch(): void {
    for (let tried = 0; inFlight < lanesMax && pending > 0 && tried < kinds.length; tried += 1) {
      const kind = kinds[turn++ % kinds.length] as Kind;
      const { keys, batch } = nextBatch(kind);
      if (batch.length === 0) continue;
      tried = -1;
      pending -= batch.length;
      inFlight += 1;
      void perform(kind, batch).finally(() => {
        inFlight -= 1;
        for (const key of keys) {
          const queue = queueOf(key);
          queue.busy = false;
          markReady(key, queue);
        }
        schedule();
      });
    }
    if (pending > 0) watchOverdue();
  }

  async function perform(kind: Kind, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const results = await run(kind, batch.map((entry) => entry.item));
    batch.forEach((entry, index) => {
      const result = results[index];
      if (result?.status === 'fulfilled') entry.resolve(result.value);
      else entry.reject(result?.reason ?? new Error('the batch gave no result for this call'));
    });
  }

  /** Refuses what has waited too long; one timer for all. */
  function watchOverdue(): void {
    overdueTimer ??= setTimeout(() => {
      overdueTimer = undefined;
      const oldest = performance.now() - waitMsMax;
      for (const [key, queue] of queues) {
        for (const [kind, waiting] of queue.waiting) {
          const left = waiting.filter((entry) => entry.since > oldest);
          for (const entry of waiting) if (entry.since <= oldest) entry.reject(unavailable('The ledger', 'waited too long for a database connection'));
          pending -= waiting.length - left.length;
          queue.waiting.set(kind, left);
          if (left.length === 0) ready.get(kind)?.delete(key);
        }
        if (!queue.busy && pendingOf(queue) === 0) queues.delete(key);
      }
      if (pending > 0) watchOverdue();
    }, waitMsMax / 4).unref();
  }

  return {
    submit(kind, key, id, item) {
      if (pending >= pendingMax) return Promise.reject(unavailable('The ledger', 'too many calls are waiting'));
      return new Promise<Result>((resolve, reject) => {
        const queue = queueOf(key);
        const waiting = queue.waiting.get(kind) ?? [];
        waiting.push({ id, item, since: performance.now(), resolve, reject });
        queue.waiting.set(kind, waiting);
        pending += 1;
        if (!queue.busy) ready.get(kind)?.add(key);
        schedule();
      });
    },
    get pending() {
      return pending;
    },
  };
}

function pendingOf(queue: { readonly waiting: ReadonlyMap<string, readonly unknown[]> }): number {
  let count = 0;
  for (const waiting of queue.waiting.values()) count += waiting.length;
  return count;
}
