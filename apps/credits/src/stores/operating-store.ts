import { z } from 'zod';
import { ACCOUNT_PARTS_MAX, creditOwnerType, transactionType } from '@turnpike/contracts';
import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './database.ts';
import { VERIFYING_LOCK } from './verification-store.ts';

/** Rows counted for a total. */
const COUNTED_MAX = 10_000;

/** A page of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

const grant = z.object({
  id: z.string(),
  source: z.string(),
  amount: z.bigint(),
  remaining: z.bigint(),
  held: z.bigint(),
  priority: z.number(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
});
const hold = z.object({
  id: z.string(),
  amount: z.bigint(),
  operation: z.string().nullable(),
  createdAt: z.date(),
  expiresAt: z.date(),
});
const owned = { ownerType: creditOwnerType, ownerId: z.string().nullable() };
const price = z.object({
  operation: z.string(),
  version: z.number(),
  cost: z.bigint(),
  transactionType,
  retired: z.boolean(),
  source: z.enum(['file', 'admin']),
  reportId: z.string().nullable(),
  createdAt: z.date(),
});
/** A price as operators see it. */
export type ListedPrice = Readonly<z.output<typeof price>>;
const PRICE = Prisma.sql`operation, version, cost, transaction_type AS "transactionType", retired, source, report_id AS "reportId",
  created_at AS "createdAt"`;
const debt = z.object({ ...owned, debt: z.bigint(), status: z.enum(['open', 'closed']) });
const openHold = hold.extend(owned);
const expiring = z.object({ id: z.string(), ...owned, source: z.string(), remaining: z.bigint(), expiresAt: z.date() });
const counted = z.object({ total: z.number() });

/** Reads what operators look at. Every list is a range of an index. */
export function createOperatingStore(db: Database) {
  const countOf = async (rows: Prisma.Sql): Promise<number> =>
    (await db.one(counted)`SELECT count(*)::int AS total FROM (${rows} LIMIT ${COUNTED_MAX}::int) AS counted`).total;
  return {
    /** What is left of an account's grants, in their order, and its open holds, newest first; so many of each. */
    async parts(ownerType: string, ownerId: string) {
      const account = Prisma.sql`(SELECT a.id FROM account a WHERE a.owner_type = ${ownerType} AND a.owner_id = ${ownerId}::uuid)`;
      const [grants, holds] = await Promise.all([
        db.many(grant)`
          SELECT id, source, amount, remaining, held, priority::int AS priority, created_at AS "createdAt", expires_at AS "expiresAt"
            FROM "grant" WHERE account_id = ${account} AND NOT exhausted ORDER BY priority, expires_at, id LIMIT ${ACCOUNT_PARTS_MAX}::int`,
        db.many(hold)`
          SELECT id, amount, operation, created_at AS "createdAt", expires_at AS "expiresAt"
            FROM reservation WHERE account_id = ${account} AND state = 'open' ORDER BY created_at DESC, id DESC LIMIT ${ACCOUNT_PARTS_MAX}::int`,
      ]);
      return { grants, holds };
    },
    async prices({ limit, offset }: Page) {
      const [items, total] = await Promise.all([
        db.many(price)`
          SELECT DISTINCT ON (operation) ${PRICE} FROM price ORDER BY operation, version DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
        countOf(Prisma.sql`SELECT DISTINCT operation FROM price`),
      ]);
      return { items, total };
    },
    async versions(operation: string, { limit, offset }: Page) {
      const [items, total] = await Promise.all([
        db.many(price)`
          SELECT ${PRICE} FROM price WHERE operation = ${operation} ORDER BY version DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
        countOf(Prisma.sql`SELECT FROM price WHERE operation = ${operation}`),
      ]);
      return { items, total };
    },
    async debts({ limit, offset }: Page) {
      const [items, total] = await Promise.all([
        db.many(debt)`
          SELECT owner_type AS "ownerType", owner_id AS "ownerId", debt, status
            FROM account WHERE debt > 0 ORDER BY debt DESC, id LIMIT ${limit}::int OFFSET ${offset}::int`,
        countOf(Prisma.sql`SELECT FROM account WHERE debt > 0`),
      ]);
      return { items, total };
    },
    async holds({ limit, offset }: Page) {
      const [items, total] = await Promise.all([
        db.many(openHold)`
          SELECT r.id, r.amount, r.operation, r.created_at AS "createdAt", r.expires_at AS "expiresAt", a.owner_type AS "ownerType",
                 a.owner_id AS "ownerId"
            FROM (SELECT * FROM reservation WHERE state = 'open' ORDER BY expires_at LIMIT ${limit}::int OFFSET ${offset}::int) r
            JOIN account a ON a.id = r.account_id ORDER BY r.expires_at`,
        countOf(Prisma.sql`SELECT FROM reservation WHERE state = 'open'`),
      ]);
      return { items, total };
    },
    async expiringGrants({ limit, offset }: Page) {
      const due = Prisma.sql`FROM "grant" WHERE NOT exhausted AND expires_at IS NOT NULL`;
      const [items, total] = await Promise.all([
        db.many(expiring)`
          SELECT g.id, g.source, g.remaining, g.expires_at AS "expiresAt", a.owner_type AS "ownerType", a.owner_id AS "ownerId"
            FROM (SELECT * ${due} ORDER BY expires_at, id LIMIT ${limit}::int OFFSET ${offset}::int) g
            JOIN account a ON a.id = g.account_id ORDER BY g.expires_at, g.id`,
        countOf(Prisma.sql`SELECT ${due}`),
      ]);
      return { items, total };
    },
    totals: () => db.prisma.ledgerTotal.findFirst(),
    /** Whether a verification runs, in any process. */
    async verifying(): Promise<boolean> {
      const { running } = await db.one(z.object({ running: z.boolean() }))`
        SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = ${VERIFYING_LOCK}::int AND objsubid = 1
                          AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS running`;
      return running;
    },
  };
}

export type OperatingStore = ReturnType<typeof createOperatingStore>;
