import { z } from 'zod';
import { transactionType } from '@turnpike/contracts';
import type { Entry } from '../domain/history.ts';
import type { Owner } from '../domain/owner.ts';
import type { Database } from './database.ts';

/** What an owner has, in micro-credits. */
export interface Balance {
  readonly status: 'open' | 'closed';
  readonly available: bigint;
  readonly held: bigint;
  readonly debt: bigint;
  readonly earned: bigint;
  readonly spent: bigint;
  /** Entries in the history. */
  readonly entries: bigint;
}

export interface HistoryPage {
  readonly entries: readonly Entry[];
  readonly total: bigint;
  /** Number of the newest entry counted from. */
  readonly asOf: bigint;
}

/** What has become of an organisation. */
export interface OwnerChange {
  readonly open: boolean;
  /** Grows with each change of it; an older change than the last one changes nothing. */
  readonly revision: number;
  /** Whether it leaves its plans. */
  readonly endsAllowances: boolean;
}

/** Accounts and their histories. */
export interface AccountStore {
  /** Opens the owner's account without a grant, unless there is one. Returns false for an owner who was erased. */
  open(owner: Owner): Promise<boolean>;
  /** Opens or closes the account of an organisation as that is opened or closed, and opens one where there is none. */
  follow(owner: Owner, change: OwnerChange): Promise<'open' | 'closed' | 'erased'>;
  /** Opens the account of a user as one of a lineage; false where the user was erased. */
  joinLineage(userId: string, lineageId: string): Promise<boolean>;
  /** Moves what erased accounts of a lineage owe to its open one. */
  moveDebts(lineageId: string): Promise<void>;
  /** `undefined` where the owner has no account yet. */
  balance(owner: Owner): Promise<Balance | undefined>;
  /** What these users can spend, in micro-credits by their ids; who has no account is left out. */
  available(userIds: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /** Entries are numbered without a gap, so a page is a range of an index however far back it lies. */
  history(owner: Owner, page: { limit: number; offset: number; asOf: bigint | undefined }): Promise<HistoryPage>;
}

const rows = {
  opened: z.object({ id: z.string().nullable() }),
  followed: z.object({ outcome: z.enum(['open', 'closed', 'erased']) }),
  joined: z.object({ joined: z.boolean() }),
  moved: z.object({ moved: z.number() }),
  balance: z.object({
    status: z.enum(['open', 'closed']),
    available: z.bigint(),
    held: z.bigint(),
    debt: z.bigint(),
    earned: z.bigint(),
    spent: z.bigint(),
    entries: z.bigint(),
  }),
  available: z.object({ id: z.string(), available: z.bigint() }),
  entry: z.object({
    seq: z.bigint(),
    netAmount: z.bigint(),
    balanceAfter: z.bigint(),
    type: transactionType,
    operation: z.string().nullable(),
    description: z.string().nullable(),
    createdAt: z.date(),
  }),
} as const;

export function createAccountStore(db: Database): AccountStore {
  return {
    async open({ type, id }) {
      return (await db.one(rows.opened)`SELECT ledger_open_account(${type}, ${id}::uuid) AS id`).id !== null;
    },
    async follow({ type, id }, { open, revision, endsAllowances }) {
      const { outcome } = await db.one(rows.followed)`
        SELECT ledger_follow_owner(${type}, ${id}::uuid, ${open}, ${revision}::bigint, ${endsAllowances}) AS outcome`;
      return outcome;
    },
    async joinLineage(userId, lineageId) {
      const { joined } = await db.one(
        rows.joined,
      )`SELECT ledger_join_lineage(${userId}::uuid, ${lineageId}::uuid) AS joined`;
      return joined;
    },
    async moveDebts(lineageId) {
      await db.one(rows.moved)`SELECT ledger_move_debts(${lineageId}::uuid) AS moved`;
    },
    balance: ({ type, id }) =>
      db.maybeOne(rows.balance)`
        SELECT status, available, held, debt, earned, spent, entries FROM ledger_balance(${type}, ${id}::uuid)`,
    async available(userIds) {
      // As `ledger_balance` counts it. `IS TRUE` has each account read its own grants: for many at once the planner would read all that expire, for each.
      const found = await db.many(rows.available)`
        SELECT a.owner_id AS id, CASE WHEN a.debt > 0 THEN 0 ELSE a.balance - a.held - coalesce((
            SELECT sum(g.remaining - g.held) FROM "grant" g
             WHERE a.next_expiry_at <= ledger_now() AND g.account_id = a.id AND NOT g.exhausted AND (g.expires_at <= ledger_now()) IS TRUE), 0)::bigint END AS available
          FROM account a WHERE a.owner_type = 'user' AND a.owner_id = ANY (${[...userIds]}::uuid[])`;
      return new Map(found.map(({ id, available }) => [id, available]));
    },
    async history({ type, id }, { limit, offset, asOf }) {
      const account = await db.prisma.account.findUnique({
        where: { ownerType_ownerId: { ownerType: type, ownerId: id } },
        select: { id: true, entries: true },
      });
      if (!account) return { entries: [], total: 0n, asOf: 0n };
      const newest = asOf === undefined || asOf > account.entries ? account.entries : asOf;
      const entries = await db.many(rows.entry)`
        SELECT t.seq, t.net_amount AS "netAmount", t.balance_after AS "balanceAfter", t.type, t.operation, n.description, t.created_at AS "createdAt"
          FROM transfer t LEFT JOIN entry_note n ON n.entry_id = t.entry_id
         WHERE t.account_id = ${account.id}::uuid AND t.seq <= ${newest - BigInt(offset)}::bigint AND t.seq > ${newest - BigInt(offset + limit)}::bigint
         ORDER BY t.seq DESC`;
      return { entries, total: account.entries, asOf: newest };
    },
  };
}
