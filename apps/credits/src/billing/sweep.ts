import { AppError } from '@turnpike/service-kit';
import type { Db } from '../stores/database.ts';
import { graceEnd, type Subscription } from './domain/subscription.ts';
import { end, startFree, withAccount, type BillingTools } from './running.ts';
import { dueOwners, findCurrent, tellOfSubscription, type LockedAccount } from './stores/subscriptions.ts';
import { requireFreePlace } from './subscribe.ts';

/** Owners whose subscriptions one run of the sweep takes. */
const BATCH_MAX = 100;

/**
 * Does what time alone brings: paid time that has ended, a grace that is over, a plan that follows, a checkout that nobody paid. Returns how many
 * owners were due; repeating it finds nothing.
 */
export async function sweepSubscriptions(tools: BillingTools): Promise<number> {
  const owners = await dueOwners(tools.database, BATCH_MAX);
  for (const owner of owners) {
    await withAccount(tools, owner, async (db, account) => {
      const current = await findCurrent(db, owner);
      if (current === undefined || current.dueAt === null || current.dueAt > account.now) return;
      await advance(db, tools, account, current);
    });
  }
  return owners.length;
}

async function advance(db: Db, tools: BillingTools, account: LockedAccount, current: Subscription): Promise<void> {
  const { id, status, provider, dueAt } = current;
  if (status === 'incomplete') return end(db, current, account.now, 'expired');
  const timed = provider === 'manual' || provider === 'apple';
  if (provider === 'manual' && current.scheduledPlanId !== null) {
    await end(db, current, account.now, 'replaced');
    return startFollowing(db, tools, account, current.scheduledPlanId, current.beneficiaryId);
  }
  if (timed && (status === 'active' || status === 'trialing') && dueAt !== null) {
    const graceEndsAt = graceEnd(dueAt, tools.config.BILLING_GRACE_DAYS);
    await db.prisma.subscription.update({
      where: { id },
      data: { status: 'past_due', graceEndsAt, dueAt: graceEndsAt },
    });
  } else if (timed) await end(db, current, account.now, 'unpaid');
  // What Stripe charges for ends when Stripe gives up; until then it has lost its tier.
  else await db.prisma.subscription.update({ where: { id }, data: { dueAt: null } });
  await tellOfSubscription(db, account.id);
}

/** The free plan that was chosen to follow, unless its owner has taken one elsewhere meanwhile, or the organisation is suspended. */
export async function startFollowing(
  db: Db,
  tools: BillingTools,
  account: LockedAccount,
  planId: string,
  beneficiaryId: string | null,
): Promise<void> {
  try {
    await requireFreePlace(db, tools, account.id, beneficiaryId);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return tellOfSubscription(db, account.id);
  }
  if (account.status === 'closed') return tellOfSubscription(db, account.id);
  await startFree(db, account, planId, beneficiaryId);
}
