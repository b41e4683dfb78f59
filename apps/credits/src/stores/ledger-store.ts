import type { EventPayload, TransactionType } from '@turnpike/contracts';
import type { Database } from './database.ts';

/** A hold to make. Amounts are micro-credits; exactly one of `amount` and `operation` is given. */
export interface ReserveItem {
  readonly id: string;
  readonly owner_id: string;
  readonly amount?: string | undefined;
  readonly operation?: string | undefined;
  readonly transaction_type?: string | undefined;
  readonly ttl_ms: number;
  /** Hex. */
  readonly request_hash: string;
  readonly actor: string;
}

export type ReserveResult =
  | { outcome: 'reserved'; id: string; amount: string; available: string; expires_at: string; replayed?: true }
  | { outcome: 'insufficient'; amount: string; available: string }
  | { outcome: 'gone' | 'conflict' | 'closed' | 'operation_unknown' };

/** A hold to resolve. */
export interface ResolveItem {
  readonly id: string;
  readonly action: 'settle' | 'release';
  /** Only this owner's reservation is found. */
  readonly owner_id?: string | undefined;
  /** What the call cost; the whole hold unless given. */
  readonly amount?: string | undefined;
  readonly actor: string;
}

export type ResolveResult =
  | {
      outcome: 'settled';
      transaction_id: string;
      charged: string;
      available: string;
      became_debt?: string;
      replayed?: true;
    }
  | { outcome: 'released'; released: string; available: string; replayed?: true; tombstone?: true }
  | { outcome: 'already_settled' | 'already_released' | 'not_found' };

export interface GrantArguments {
  readonly owner_id: string;
  readonly amount: string;
  readonly source: string;
  /** The grant's own id unless given, so that every call grants. */
  readonly source_ref?: string | undefined;
  readonly transaction_type: TransactionType;
  readonly priority?: number | undefined;
  readonly expires_at?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly actor: string;
  /** Told to the audit trail, in the grant's own transaction. */
  readonly report?: EventPayload<'audit.recorded'>;
}

export type GrantResult =
  | { outcome: 'granted'; created: boolean; grant_id: string; granted: string; available: string }
  | { outcome: 'closed' | 'erased' | 'expired' | 'limit' };

export interface SpendArguments {
  readonly owner_id: string;
  readonly amount: string;
  readonly transaction_type: TransactionType;
  readonly description?: string | null | undefined;
  readonly actor: string;
}

export type SpendResult =
  | { outcome: 'spent'; transaction_id: string; available: string }
  | { outcome: 'insufficient'; available: string }
  | { outcome: 'closed' };

export interface ExtendArguments {
  readonly id: string;
  readonly ownerId: string | undefined;
  readonly ttlMs: number;
  readonly lifeMsMax: number;
}

export type ExtendResult =
  | { outcome: 'extended'; id: string; expires_at: string }
  | { outcome: 'resolved' | 'not_found' };

/** Commands that an `Idempotency-Key` may be put on, with their arguments and results. */
export interface LedgerCommands {
  grant: [GrantArguments, GrantResult];
  spend: [SpendArguments, SpendResult];
  reserve: [ReserveItem, ReserveResult];
  resolve: [ResolveItem, ResolveResult];
}

export interface OnceKey {
  readonly scope: string;
  readonly keyDigest: Buffer;
  readonly requestHash: Buffer;
}

export type OnceResult<R> = { outcome: 'done'; replayed: boolean; result: R } | { outcome: 'conflict' | 'running' };

/** The ledger's SQL functions, one round trip each. They decide; this maps. */
export interface LedgerStore {
  reserve(items: readonly ReserveItem[]): Promise<ReserveResult[]>;
  resolve(items: readonly ResolveItem[]): Promise<ResolveResult[]>;
  extend(extension: ExtendArguments): Promise<ExtendResult>;
  grant(grant: GrantArguments): Promise<GrantResult>;
  spend(charge: SpendArguments): Promise<SpendResult>;
  once<A extends keyof LedgerCommands>(
    key: OnceKey,
    command: A,
    args: LedgerCommands[A][0],
  ): Promise<OnceResult<LedgerCommands[A][1]>>;
}

interface Answer<R> {
  readonly answer: R;
}

export function createLedgerStore({ prisma }: Database): LedgerStore {
  return {
    async reserve(items) {
      const [row] = await prisma.$queryRaw<
        [Answer<Numbered<ReserveResult>[]>]
      >`SELECT ledger_reserve(${JSON.stringify(items)}::jsonb) AS answer`;
      return inOrder(row.answer);
    },
    async resolve(items) {
      const [row] = await prisma.$queryRaw<
        [Answer<Numbered<ResolveResult>[]>]
      >`SELECT ledger_resolve(${JSON.stringify(items)}::jsonb) AS answer`;
      return inOrder(row.answer);
    },
    async extend({ id, ownerId, ttlMs, lifeMsMax }) {
      const [row] = await prisma.$queryRaw<[Answer<ExtendResult>]>`
        SELECT ledger_extend(${id}::uuid, 'user', ${ownerId ?? null}::uuid, ${ttlMs}::int * interval '1 millisecond', ${lifeMsMax}::int * interval '1 millisecond') AS answer`;
      return row.answer;
    },
    async grant(grant) {
      const [row] = await prisma.$queryRaw<
        [Answer<GrantResult>]
      >`SELECT ledger_grant(${JSON.stringify(grant)}::jsonb) AS answer`;
      return row.answer;
    },
    async spend(charge) {
      const [row] = await prisma.$queryRaw<
        [Answer<SpendResult>]
      >`SELECT ledger_spend(${JSON.stringify(charge)}::jsonb) AS answer`;
      return row.answer;
    },
    async once<A extends keyof LedgerCommands>(
      { scope, keyDigest, requestHash }: OnceKey,
      command: A,
      args: LedgerCommands[A][0],
    ) {
      const [row] = await prisma.$queryRaw<[Answer<OnceResult<LedgerCommands[A][1]>>]>`
        SELECT ledger_once(${scope}, ${keyDigest}::bytea, ${requestHash}::bytea, ${command}, ${JSON.stringify(args)}::jsonb) AS answer`;
      return row.answer;
    },
  };
}

type Numbered<R> = R & { readonly ord: number };

/** The function answers account by account; callers want the order they asked in. */
function inOrder<R>(results: readonly Numbered<R>[]): R[] {
  return results.toSorted((left, right) => left.ord - right.ord);
}
