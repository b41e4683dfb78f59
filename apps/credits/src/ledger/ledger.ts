import { isStoreOutage } from '@turnpike/service-kit';
import { ceilCredits } from '../domain/amounts.ts';
import type {
  LedgerCommands,
  ExtendArguments,
  ExtendResult,
  LedgerStore,
  OnceKey,
  OnceResult,
  ReserveItem,
  ReserveResult,
  ResolveItem,
  ResolveResult,
} from '../stores/ledger-store.ts';
import { createBatcher } from './batcher.ts';
import { isUndone, retryUndone } from './retry.ts';

/** Told of every statement and of every debt. */
export interface BatchObserver {
  batch(kind: 'reserve' | 'resolve', calls: number): void;
  debt(credits: number): void;
}

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly observer?: BatchObserver;
  /** Statements in flight at once; stay below the pool's size, so that reads find a connection. */
  readonly statementsMax: number;
  /** Calls put together into one statement. */
  readonly batchMax: number;
  /** Calls waiting for a statement; more are 503. */
  readonly pendingMax: number;
  /** How long a call may wait for a statement, in milliseconds; then it is 503. */
  readonly waitMsMax: number;
}

/** The commands of the ledger, batched and retried. */
export interface Ledger {
  reserve(item: ReserveItem): Promise<ReserveResult>;
  resolve(item: ResolveItem): Promise<ResolveResult>;
  extend(extension: ExtendArguments): Promise<ExtendResult>;
  grant(grant: LedgerCommands['grant'][0]): Promise<LedgerCommands['grant'][1]>;
  spend(charge: LedgerCommands['spend'][0]): Promise<LedgerCommands['spend'][1]>;
  /** A command at most once per key. Not batched: it holds the key's lock for its own transaction. */
  once<A extends keyof LedgerCommands>(
    key: OnceKey,
    command: A,
    args: LedgerCommands[A][0],
  ): Promise<OnceResult<LedgerCommands[A][1]>>;
  /** Calls waiting for a statement. */
  readonly pending: number;
}

/** Reservations whose owner is remembered, so that settling them queues with the owner's other calls. */
const OWNERS_REMEMBERED_MAX = 50_000;

type Item = ReserveItem | ResolveItem;
type Result = ReserveResult | ResolveResult;

export function createLedger({ store, observer, ...limits }: LedgerOptions): Ledger {
  const owners = new Map<string, string>();
  const statements = {
    reserve: (items: readonly Item[]): Promise<Result[]> => store.reserve(items as readonly ReserveItem[]),
    resolve: (items: readonly Item[]): Promise<Result[]> => store.resolve(items as readonly ResolveItem[]),
  };
  const batcher = createBatcher<'reserve' | 'resolve', Item, Result>({
    ...limits,
    kinds: ['reserve', 'resolve'],
    run: (kind, items) => {
      observer?.batch(kind, items.length);
      return runApart(statements[kind], items);
    },
  });
  return {
    async reserve(item) {
      const result = (await batcher.submit('reserve', item.owner_id, item.id, item)) as ReserveResult;
      if (result.outcome === 'reserved') remember(owners, item.id, item.owner_id);
      return result;
    },
    async resolve(item) {
      const key = owners.get(item.id) ?? item.id;
      const result = (await batcher.submit('resolve', key, item.id, item)) as ResolveResult;
      owners.delete(item.id);
      if (result.outcome === 'settled' && !result.replayed && result.became_debt !== '0')
        observer?.debt(ceilCredits(BigInt(result.became_debt ?? 0)));
      return result;
    },
    extend: (extension) => retryUndone(() => store.extend(extension)),
    grant: (grant) => retryUndone(() => store.grant(grant)),
    spend: (charge) => retryUndone(() => store.spend(charge)),
    once: (key, command, args) => retryUndone(() => store.once(key, command, args)),
    get pending() {
      return batcher.pending;
    },
  };
}

function remember(owners: Map<string, string>, id: string, owner: string): void {
  if (owners.size >= OWNERS_REMEMBERED_MAX) {
    const [oldest] = owners.keys();
    if (oldest !== undefined) owners.delete(oldest);
  }
  owners.set(id, owner);
}

/** Runs a batch; where it fails for a reason that one item may have caused, each item by itself, so that no call fails for another's. */
async function runApart(
  statement: (items: readonly Item[]) => Promise<Result[]>,
  items: readonly Item[],
): Promise<readonly PromiseSettledResult<Result>[]> {
  try {
    const results = await retryUndone(() => statement(items));
    return results.map((value) => ({ status: 'fulfilled', value }));
  } catch (reason) {
    if (items.length === 1 || isStoreOutage(reason) || isUndone(reason))
      return items.map(() => ({ status: 'rejected', reason }));
    const alone = await Promise.all(items.map((item) => runApart(statement, [item])));
    return alone.flat();
  }
}
