import { AppError, uuidv7 } from '@turnpike/service-kit';
import type { Owner } from '../domain/owner.ts';
import { retryUndone } from '../ledger/retry.ts';
import { accountClosed, ownerErased } from '../routes/refusals.ts';
import type { Database, Db } from '../stores/database.ts';
import type { Subscription } from './domain/subscription.ts';
import { endAllowance } from './stores/funding.ts';
import { lockAccount, tellOfSubscription, type LockedAccount } from './stores/subscriptions.ts';

/** What subscriptions are changed with. */
export interface BillingTools {
  readonly database: Database;
  readonly config: { readonly BILLING_GRACE_DAYS: number; readonly FREE_ORGANISATIONS_PER_OWNER_MAX: number };
}

/** Why a subscription has ended. */
export type EndCause = 'asked' | 'replaced' | 'unpaid' | 'archived' | 'expired' | 'operator';

/**
 * Changes an owner's subscription in one transaction, alone: whoever else wants to waits. Repeated where the database undid it, so `work` has no
 * other effects. Throws 410 for an owner who was erased.
 */
export function withAccount<T>(
  { database }: Pick<BillingTools, 'database'>,
  owner: Owner,
  work: (db: Db, account: LockedAccount) => Promise<T>,
): Promise<T> {
  return retryUndone(() =>
    database.transaction(async (db) => {
      const account = await lockAccount(db, owner);
      if (account === undefined) throw ownerErased(owner);
      return work(db, account);
    }),
  );
}

/** Throws 423 for an account that is closed: it is granted nothing. */
export function requireOpen({ status }: LockedAccount): void {
  if (status === 'closed') throw accountClosed();
}

/** Ends a subscription: its plan grants nothing more, and what it granted stays. */
export async function end(db: Db, { id, accountId, planId }: Subscription, now: Date, cause: EndCause): Promise<void> {
  const ended = { status: 'canceled', cause, endedAt: now, dueAt: null, scheduledPlanId: null, checkoutUrl: null };
  await db.prisma.subscription.update({ where: { id }, data: ended });
  await endAllowance(db, accountId, planId, now);
}

/** Starts a plan that needs no payment, for an account without a subscription. Returns the subscription's id. */
export async function startFree(
  db: Db,
  account: LockedAccount,
  planId: string,
  beneficiaryId: string | null,
): Promise<string> {
  const id = uuidv7();
  const { now } = account;
  await db.prisma.subscription.create({
    data: { id, accountId: account.id, planId, provider: 'none', status: 'active', beneficiaryId, startedAt: now },
  });
  await grantFree(db, account.id, planId);
  await tellOfSubscription(db, account.id);
  return id;
}

/** Lets a plan that needs no payment grant its periods, the one that begins now at once. */
export async function grantFree({ prisma }: Db, accountId: string, planId: string): Promise<void> {
  await prisma.$executeRaw`
    SELECT ledger_start_allowance(owner_type, owner_id, ${planId}, NULL) FROM account WHERE id = ${accountId}::uuid`;
}

/** 404: nothing is running. */
export function noSubscription(): AppError {
  return new AppError('resource.not_found', { detail: 'There is no subscription.' });
}
