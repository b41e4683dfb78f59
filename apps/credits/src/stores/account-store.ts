import type { TransactionType } from '@turnpike/contracts';
import type { Entry } from '../domain/history.ts';
import type { Database } from './database.ts';

/** What an owner has, in micro-credits. */
export interface Balance {
  readonly status: 'open' | 'closed';
  readonly available: bigint;
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

/** Accounts and their histories. */
export interface AccountStore {
  /** Opens the user's account unless there is one. Returns false for a user who was erased. */
  open(ownerId: string): Promise<boolean>;
  /** Opens the account of a user as one of a lineage; false where the user was erased. */
  joinLineage(ownerId: string, lineageId: string): Promise<boolean>;
  /** Moves what erased accounts of a lineage owe to its open one. */
  moveDebts(lineageId: string): Promise<void>;
  /** `undefined` where the owner has no account yet. */
  balance(ownerId: string): Promise<Balance | undefined>;
  /** Entries are numbered without a gap, so a page is a range of an index however far back it lies. */
  history(ownerId: string, page: { limit: number; offset: number; asOf: bigint | undefined }): Promise<HistoryPage>;
}

interface EntryRow {
  readonly seq: bigint;
  readonly net_amount: bigint;
  readonly balance_after: bigint;
  readonly type: TransactionType;
  readonly operation: string | null;
  readonly description: string | null;
  readonly created_at: Date;
}

export function createAccountStore({ prisma }: Database): AccountStore {
  return {
    async open(ownerId) {
      const [row] = await prisma.$queryRaw<
        [{ id: string | null }]
      >`SELECT ledger_open_account('user', ${ownerId}::uuid) AS id`;
      return row.id !== null;
    },
    async joinLineage(ownerId, lineageId) {
      const [row] = await prisma.$queryRaw<
        [{ joined: boolean }]
      >`SELECT ledger_join_lineage(${ownerId}::uuid, ${lineageId}::uuid) AS joined`;
      return row.joined;
    },
    async moveDebts(lineageId) {
      await prisma.$queryRaw`SELECT ledger_move_debts(${lineageId}::uuid)`;
    },
    async balance(ownerId) {
      const [row] = await prisma.$queryRaw<
        {
          status: Balance['status'];
          available: bigint;
          earned: bigint;
          spent: bigint;
          entries: bigint;
        }[]
      >`
        SELECT status, available, earned, spent, entries FROM ledger_balance('user', ${ownerId}::uuid)`;
      return (
        row && {
          status: row.status,
          available: row.available,
          earned: row.earned,
          spent: row.spent,
          entries: row.entries,
        }
      );
    },
    async history(ownerId, { limit, offset, asOf }) {
      const account = await prisma.account.findUnique({
        where: { ownerType_ownerId: { ownerType: 'user', ownerId } },
        select: { id: true, entries: true },
      });
      if (!account) return { entries: [], total: 0n, asOf: 0n };
      const newest = asOf === undefined || asOf > account.entries ? account.entries : asOf;
      const rows = await prisma.$queryRaw<EntryRow[]>`
        SELECT t.seq, t.net_amount, t.balance_after, t.type, t.operation, n.description, t.created_at
          FROM transfer t LEFT JOIN entry_note n ON n.entry_id = t.entry_id
         WHERE t.account_id = ${account.id}::uuid AND t.seq <= ${newest - BigInt(offset)}::bigint AND t.seq > ${newest - BigInt(offset + limit)}::bigint
         ORDER BY t.seq DESC`;
      return { entries: rows.map(toEntry), total: account.entries, asOf: newest };
    },
  };
}

function toEntry(row: EntryRow): Entry {
  return {
    seq: row.seq,
    netAmount: row.net_amount,
    balanceAfter: row.balance_after,
    type: row.type,
    operation: row.operation,
    description: row.description,
    createdAt: row.created_at,
  };
}
