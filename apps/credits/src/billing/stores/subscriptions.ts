import { z } from 'zod';
import { billingProvider, subscriptionStatus } from '@turnpike/contracts';
import type { Owner } from '../../domain/owner.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Db } from '../../stores/database.ts';
import type { Subscription } from '../domain/subscription.ts';

const row = z.object({
  id: z.string(),
  accountId: z.string(),
  planId: z.string(),
  planName: z.string(),
  planRank: z.number(),
  provider: billingProvider,
  status: subscriptionStatus,
  currentPeriodStart: z.date().nullable(),
  currentPeriodEnd: z.date().nullable(),
  cancelAtPeriodEnd: z.boolean(),
  scheduledPlanId: z.string().nullable(),
  trialEndsAt: z.date().nullable(),
  graceEndsAt: z.date().nullable(),
  beneficiaryId: z.string().nullable(),
  providerRef: z.string().nullable(),
  seenAt: z.date().nullable(),
  checkoutRef: z.string().nullable(),
  checkoutUrl: z.string().nullable(),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  dueAt: z.date().nullable(),
});

/** The columns of a `Subscription`. A free plan has no paid time: its periods are those of its credits. */
const SELECT = Prisma.sql`
  SELECT s.id, s.account_id AS "accountId", s.plan AS "planId", p.name AS "planName", p.rank AS "planRank", s.provider, s.status,
         coalesce(s.current_period_start, CASE WHEN a.next_period > 0 THEN ledger_period_start(a.anchor_at, p.period, a.next_period - 1) END)
           AS "currentPeriodStart",
         coalesce(s.current_period_end, ledger_period_start(a.anchor_at, p.period, a.next_period)) AS "currentPeriodEnd",
         s.cancel_at_period_end AS "cancelAtPeriodEnd", s.scheduled_plan AS "scheduledPlanId", s.trial_ends_at AS "trialEndsAt",
         s.grace_ends_at AS "graceEndsAt", s.beneficiary_id AS "beneficiaryId", s.provider_ref AS "providerRef", s.seen_at AS "seenAt",
         s.checkout_ref AS "checkoutRef", s.checkout_url AS "checkoutUrl", s.started_at AS "startedAt", s.ended_at AS "endedAt", s.due_at AS "dueAt"
    FROM subscription s JOIN plan p ON p.id = s.plan
    LEFT JOIN allowance a ON a.account_id = s.account_id AND a.plan = s.plan AND s.provider = 'none' AND s.ended_at IS NULL`;

/** What runs, else what waits to be paid. */
const CURRENT = Prisma.sql`s.status <> 'canceled' ORDER BY s.status = 'incomplete' LIMIT 1`;

/** An account that is locked for a change of its subscription, and the moment by the database's clock. */
export interface LockedAccount {
  readonly id: string;
  readonly status: 'open' | 'closed';
  readonly now: Date;
}

const locked = z.object({ id: z.string(), status: z.enum(['open', 'closed']), now: z.date() });

/** Locks an owner's account, made on demand, until the transaction ends; `undefined` where the owner was erased. */
export async function lockAccount(db: Db, { type, id }: Owner): Promise<LockedAccount | undefined> {
  const opened = await db.one(z.object({ id: z.string().nullable() }))`
    SELECT billing_lock_account(${type}, ${id}::uuid) AS id`;
  if (opened.id === null) return undefined;
  // The clock is read once the lock is there: waiting for it may have taken a while.
  return db.one(
    locked,
  )`SELECT id, status, date_trunc('milliseconds', ledger_now()) AS now FROM account WHERE id = ${opened.id}::uuid`;
}

/** The subscription that an account has now. */
export function findRunning(db: Db, accountId: string): Promise<Subscription | undefined> {
  return db.maybeOne(
    row,
  )`${SELECT} WHERE s.account_id = ${accountId}::uuid AND s.status IN ('trialing', 'active', 'past_due')`;
}

/** A subscription by its id. */
export function getSubscription(db: Db, id: string): Promise<Subscription> {
  return db.one(row)`${SELECT} WHERE s.id = ${id}::uuid`;
}

/** What an owner has now: the subscription that runs, else the checkout that waits to be paid. */
export function findCurrent(db: Db, { type, id }: Owner): Promise<Subscription | undefined> {
  return db.maybeOne(row)`${SELECT}
    WHERE s.account_id = (SELECT id FROM account WHERE owner_type = ${type} AND owner_id = ${id}::uuid) AND ${CURRENT}`;
}

/** A page of an owner's subscriptions, newest first, and how many there are. */
export async function listSubscriptions(
  db: Db,
  { type, id }: Owner,
  limit: number,
  offset: number,
): Promise<{ items: Subscription[]; total: number }> {
  const ofOwner = Prisma.sql`WHERE s.account_id = (SELECT id FROM account WHERE owner_type = ${type} AND owner_id = ${id}::uuid)`;
  const [items, { total }] = await Promise.all([
    db.many(row)`${SELECT} ${ofOwner} ORDER BY s.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.one(z.object({ total: z.number() }))`SELECT count(*)::int AS total FROM subscription s ${ofOwner}`,
  ]);
  return { items, total };
}

/** Sends what the account's subscription gives it now, with the change. */
export async function tellOfSubscription({ prisma }: Db, accountId: string): Promise<void> {
  await prisma.$executeRaw`SELECT billing_tell(${accountId}::uuid)`;
}

const place = z.object({ taken: z.number() });

/**
 * How many other organisations of a person have a free plan, or had one whose period is not over. Those of one person wait for each other until
 * their transactions end.
 */
export async function freePlacesTaken(db: Db, beneficiaryId: string, accountId: string): Promise<number> {
  await db.prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('free plan of ' || ${beneficiaryId}, 0))`;
  const { taken } = await db.one(place)`
    SELECT count(DISTINCT s.account_id)::int AS taken FROM subscription s
      LEFT JOIN allowance a ON a.account_id = s.account_id AND a.plan = s.plan
     WHERE s.beneficiary_id = ${beneficiaryId}::uuid AND s.account_id <> ${accountId}::uuid AND s.provider = 'none'
       AND (s.ended_at IS NULL OR a.next_due_at > ledger_now())`;
  return taken;
}

/** The lineage of a user, by which somebody who comes back is known; the user's own id where none is. */
export async function personOf({ prisma }: Db, userId: string): Promise<string> {
  const account = await prisma.account.findUnique({
    where: { ownerType_ownerId: { ownerType: 'user', ownerId: userId } },
    select: { lineageId: true },
  });
  return account?.lineageId ?? userId;
}

const dueRow = z.object({ ownerType: z.enum(['user', 'organisation']), ownerId: z.string() });

/** Owners whose subscription changes with time alone, and is due. */
export async function dueOwners(db: Db, limit: number): Promise<Owner[]> {
  const rows = await db.many(dueRow)`
    SELECT a.owner_type AS "ownerType", a.owner_id AS "ownerId" FROM account a JOIN (
      SELECT DISTINCT account_id FROM (
        SELECT account_id FROM subscription WHERE due_at <= ledger_now() ORDER BY due_at LIMIT ${limit}::int) due
    ) due ON due.account_id = a.id WHERE a.owner_id IS NOT NULL`;
  return rows.map(({ ownerType, ownerId }) => ({ type: ownerType, id: ownerId }));
}

/** A provider's subscription, by its own id of it. */
export function findByProviderRef(db: Db, provider: string, ref: string): Promise<Subscription | undefined> {
  return db.maybeOne(row)`${SELECT} WHERE s.provider = ${provider} AND s.provider_ref = ${ref}`;
}

/** The checkout of an account that waits to be paid. */
export function findCheckout(db: Db, accountId: string): Promise<Subscription | undefined> {
  return db.maybeOne(row)`${SELECT} WHERE s.account_id = ${accountId}::uuid AND s.status = 'incomplete'`;
}

/** The plan that a price of a provider pays, under a former price too. */
export async function planOfPrice({ prisma }: Db, provider: string, priceId: string): Promise<string | undefined> {
  const found = await prisma.planPrice.findUnique({ where: { provider_priceId: { provider, priceId } } });
  return found?.planId;
}

const moment = z.object({ now: z.date() });

/** The moment by the clock of the database's host, which orders what providers are asked. */
export async function askedAt(db: Db): Promise<Date> {
  return (await db.one(moment)`SELECT clock_timestamp() AS now`).now;
}

/** The owner whose customer of Stripe this is; nobody's word but our own of who that is. */
export async function ownerOfCustomer({ prisma }: Db, customerId: string): Promise<Owner | undefined> {
  const found = await prisma.billingCustomer.findUnique({
    where: { stripeCustomerId: customerId },
    select: { account: { select: { ownerType: true, ownerId: true } } },
  });
  if (!found?.account.ownerId) return undefined;
  return { type: found.account.ownerType === 'user' ? 'user' : 'organisation', id: found.account.ownerId };
}
