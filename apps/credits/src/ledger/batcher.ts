import { unavailable, type RequestContext } from '@turnpike/service-kit';
import { causeOfCall, withBatchSpans } from './batch-spans.ts';

/** The kinds of calls, each with its argument and its result. */
type Kinds<K> = { [Kind in keyof K]: [unknown, unknown] };

/** How calls are put together into statements. */
export interface BatcherOptions<K extends Kinds<K>> {
  /** Statements in flight at once. */
  readonly statementsMax: number;
  /** Items per statement. */
  readonly batchMax: number;
  /** Items waiting; more are refused at once. */
  readonly pendingMax: number;
  /** How long an item may wait for a statement, in milliseconds. */
  readonly waitMsMax: number;
  /** Runs a batch of each kind; returns one result per item, in order. Does not reject. */
  readonly run: {
    readonly [Kind in keyof K]: (items: readonly K[Kind][0][]) => Promise<readonly PromiseSettledResult<K[Kind][1]>[]>;
  };
}

export interface Batcher<K extends Kinds<K>> {
  /**
   * Runs an item together with whatever else waits; throws 503 when the queue is full or the wait too long. Items of
   * one kind and key never overlap in two statements, nor do two of one `id` (ADR 14).
   */
  submit<Kind extends keyof K>(kind: Kind, key: string, id: string, item: K[Kind][0]): Promise<K[Kind][1]>;
  /** Items waiting for a statement. */
  readonly pending: number;
}

interface Waiting<Call extends [unknown, unknown]> {
  readonly id: string;
  readonly item: Call[0];
  readonly since: number;
  readonly cause: RequestContext | undefined;
  readonly resolve: (result: Call[1]) => void;
  readonly reject: (error: unknown) => void;
}

/** What waits of one kind and key. */
interface KeyQueue<Call extends [unknown, unknown]> {
  busy: boolean;
  waiting: Waiting<Call>[];
}

/** The queues of one kind. */
interface KindQueues<Call extends [unknown, unknown]> {
  readonly byKey: Map<string, KeyQueue<Call>>;
  /** Keys with something waiting and nothing in flight, oldest first. */
  readonly ready: Set<string>;
}

/**
 * Puts concurrent calls into batches: those that arrive together, and those that queue while all statements are in
 * flight. Of one key, a batch of each kind may be in flight at once (ADR 14).
 */
export function createBatcher<K extends Kinds<K>>(options: BatcherOptions<K>): Batcher<K> {
  const { statementsMax, batchMax, pendingMax, waitMsMax, run } = options;
  const kinds = Object.keys(run) as (keyof K)[];
  const queues = Object.fromEntries(kinds.map((kind) => [kind, { byKey: new Map(), ready: new Set() }])) as {
    [Kind in keyof K]: KindQueues<K[Kind]>;
  };
  const idsInFlight = new Set<string>();
  let pending = 0;
  let inFlight = 0;
  let turn = 0;
  let scheduled = false;
  let overdueTimer: NodeJS.Timeout | undefined;

  function queueOf<Kind extends keyof K>(kind: Kind, key: string): KeyQueue<K[Kind]> {
    const { byKey } = queues[kind];
    const known = byKey.get(key);
    if (known) return known;
    const queue: KeyQueue<K[Kind]> = { busy: false, waiting: [] };
    byKey.set(key, queue);
    return queue;
  }

  /** The next batch of a kind: whole keys, oldest first, until it is full. */
  function nextBatch<Kind extends keyof K>(kind: Kind): { keys: string[]; batch: Waiting<K[Kind]>[] } {
    const keys: string[] = [];
    const batch: Waiting<K[Kind]>[] = [];
    for (const key of queues[kind].ready) {
      if (batch.length >= batchMax) break;
      const queue = queueOf(kind, key);
      const left: Waiting<K[Kind]>[] = [];
      for (const entry of queue.waiting) {
        if (batch.length < batchMax && !idsInFlight.has(entry.id)) {
          idsInFlight.add(entry.id);
          batch.push(entry);
        } else left.push(entry);
      }
      // A key whose every id is in flight elsewhere stays ready for the next time.
      if (left.length === queue.waiting.length) continue;
      queue.waiting = left;
      queue.busy = true;
      queues[kind].ready.delete(key);
      keys.push(key);
    }
    return { keys, batch };
  }

  /** Frees what a batch kept busy. */
  function release<Kind extends keyof K>(
    kind: Kind,
    keys: readonly string[],
    batch: readonly { readonly id: string }[],
  ): void {
    for (const { id } of batch) idsInFlight.delete(id);
    const { byKey, ready } = queues[kind];
    for (const key of keys) {
      const queue = queueOf(kind, key);
      queue.busy = false;
      if (queue.waiting.length > 0) ready.add(key);
      else byKey.delete(key);
    }
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
    for (let tried = 0; inFlight < statementsMax && pending > 0 && tried < kinds.length; tried += 1) {
      const kind = kinds[turn++ % kinds.length];
      if (kind !== undefined && sendNext(kind)) tried = -1;
    }
    if (pending > 0) watchOverdue();
  }

  /** Sends the next batch of a kind; false where it has none. */
  function sendNext<Kind extends keyof K>(kind: Kind): boolean {
    const { keys, batch } = nextBatch(kind);
    if (batch.length === 0) return false;
    pending -= batch.length;
    inFlight += 1;
    void perform(kind, batch).finally(() => {
      inFlight -= 1;
      release(kind, keys, batch);
      schedule();
    });
    return true;
  }

  async function perform<Kind extends keyof K>(kind: Kind, batch: readonly Waiting<K[Kind]>[]): Promise<void> {
    const causes = batch.map((entry) => entry.cause);
    const results = await withBatchSpans(String(kind), causes, () => run[kind](batch.map((entry) => entry.item)));
    batch.forEach((entry, index) => {
      const result = results[index];
      if (result?.status === 'fulfilled') entry.resolve(result.value);
      else entry.reject(result?.reason ?? new Error('the batch returned no result for this call'));
    });
  }

  /** Refuses what has waited too long; one timer for all. */
  function watchOverdue(): void {
    overdueTimer ??= setTimeout(() => {
      overdueTimer = undefined;
      const oldest = performance.now() - waitMsMax;
      for (const kind of kinds) {
        const { byKey, ready } = queues[kind];
        for (const [key, queue] of byKey) {
          const left = queue.waiting.filter((entry) => entry.since > oldest);
          for (const entry of queue.waiting)
            if (entry.since <= oldest)
              entry.reject(unavailable('The ledger', 'waited too long for a database connection'));
          pending -= queue.waiting.length - left.length;
          queue.waiting = left;
          if (left.length > 0) continue;
          ready.delete(key);
          if (!queue.busy) byKey.delete(key);
        }
      }
      if (pending > 0) watchOverdue();
    }, waitMsMax / 4).unref();
  }

  return {
    submit(kind, key, id, item) {
      if (pending >= pendingMax) return Promise.reject(unavailable('The ledger', 'too many calls are waiting'));
      return new Promise((resolve, reject) => {
        const queue = queueOf(kind, key);
        queue.waiting.push({ id, item, since: performance.now(), cause: causeOfCall(), resolve, reject });
        pending += 1;
        if (!queue.busy) queues[kind].ready.add(key);
        schedule();
      });
    },
    get pending() {
      return pending;
    },
  };
}
