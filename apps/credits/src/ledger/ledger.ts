import { isStoreOutage } from '@turnpike/service-kit';
import { ceilCredits } from '../domain/amounts.ts';
import type { ExtensionResult, HoldExtension, HoldRequest, HoldResult } from '../domain/hold.ts';
import { ownerKey } from '../domain/owner.ts';
import type { Resolution, ResolutionResult } from '../domain/settlement.ts';
import type { LedgerCommands, LedgerStore, OnceKey, OnceResult } from '../stores/ledger-store.ts';
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

/** Each command with its arguments and result. */
export type Commands = { [C in keyof LedgerCommands]: (args: LedgerCommands[C][0]) => Promise<LedgerCommands[C][1]> };

/** The commands of the ledger, batched and retried. */
export interface Ledger extends Commands {
  extend(extension: HoldExtension): Promise<ExtensionResult>;
  /** A command at most once per key. Not batched: it holds the key's lock for its own transaction. */
  once<C extends keyof LedgerCommands>(
    key: OnceKey,
    command: C,
    args: LedgerCommands[C][0],
  ): Promise<OnceResult<LedgerCommands[C][1]>>;
  /** Calls waiting for a statement. */
  readonly pending: number;
}

/** Reservations whose owner is remembered, so that settling them queues with the owner's other calls. */
const OWNERS_REMEMBERED_MAX = 50_000;

/** What is batched, with arguments and result. */
interface Batched {
  reserve: [HoldRequest, HoldResult];
  resolve: [Resolution, ResolutionResult];
}

export function createLedger({ store, observer, ...limits }: LedgerOptions): Ledger {
  const owners = new Map<string, string>();
  const batcher = createBatcher<Batched>({
    ...limits,
    run: {
      reserve: (holds) => {
        observer?.batch('reserve', holds.length);
        return runApart((items) => store.reserve(items), holds);
      },
      resolve: (resolutions) => {
        observer?.batch('resolve', resolutions.length);
        return runApart((items) => store.resolve(items), resolutions);
      },
    },
  });
  return {
    async reserve(hold) {
      const owner = ownerKey(hold.owner);
      const result = await batcher.submit('reserve', owner, hold.id, hold);
      if (result.outcome === 'reserved') remember(owners, hold.id, owner);
      return result;
    },
    async resolve(resolution) {
      const key = owners.get(resolution.id) ?? resolution.id;
      const result = await batcher.submit('resolve', key, resolution.id, resolution);
      owners.delete(resolution.id);
      if (result.outcome === 'settled' && result.becameDebt > 0n) observer?.debt(ceilCredits(result.becameDebt));
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
async function runApart<Item, Result>(
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
