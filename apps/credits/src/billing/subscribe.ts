import { AppError } from '@turnpike/service-kit';
import type { Owner } from '../domain/owner.ts';
import { invalidField } from '../routes/refusals.ts';
import type { Db } from '../stores/database.ts';
import type { Subscription } from './domain/subscription.ts';
import { end, grantFree, requireOpen, startFree, withAccount, type BillingTools } from './running.ts';
import { endAllowance } from './stores/funding.ts';
import { findPlan, type StoredPlan } from './stores/plans.ts';
import {
  findRunning,
  freePlacesTaken,
  getSubscription,
  tellOfSubscription,
  type LockedAccount,
} from './stores/subscriptions.ts';

/** A plan that is chosen. */
export interface PlanChoice {
  readonly planId: string;
  /** Whom free credits count for; `null` where the organisation has no owner. */
  readonly beneficiaryId: string | null;
}

/** A subscription that came about, or the present one. */
export interface Chosen {
  readonly created: boolean;
  readonly subscription: Subscription;
}

/**
 * The plan that an organisation chooses. Throws 422 for one that is not offered to it, and `auth.forbidden` for one that is paid by invoice.
 */
export async function choosePlan(db: Db, planId: string, running: Subscription | undefined): Promise<StoredPlan> {
  const plan = await findPlan(db, planId);
  const isCurrent = running?.planId === planId;
  if (plan === undefined || (!isCurrent && (!plan.public || plan.withdrawnAt !== null)))
    throw invalidField('plan_id', 'There is no such plan');
  if (plan.checkout === 'manual' && !isCurrent)
    throw new AppError('auth.forbidden', {
      detail:
        'This plan is paid by invoice: an operator gives it with PUT /platform/api/admin/tenants/{id}/subscription.',
    });
  return plan;
}

/**
 * Puts an organisation on a plan that costs nothing: at once, or after the time that is paid. The present plan changes nothing. Throws
 * `tenant.limit_reached` where its owner has free credits elsewhere, 423 for a closed account.
 */
export function chooseFreePlan(tools: BillingTools, owner: Owner, choice: PlanChoice): Promise<Chosen> {
  return withAccount(tools, owner, async (db, account) => {
    requireOpen(account);
    const running = await findRunning(db, account.id);
    if (running?.planId === choice.planId) return { created: false, subscription: running };
    await requireFreePlace(db, tools, account.id, choice.beneficiaryId);
    if (running === undefined) {
      const id = await startFree(db, account, choice.planId, choice.beneficiaryId);
      return { created: true, subscription: await getSubscription(db, id) };
    }
    await follow(db, account, running, choice);
    return { created: false, subscription: await getSubscription(db, await idOfRunning(db, account.id)) };
  });
}

/** What a free plan does to the subscription that runs. */
async function follow(
  db: Db,
  account: LockedAccount,
  running: Subscription,
  { planId, beneficiaryId }: PlanChoice,
): Promise<void> {
  const { id, currentPeriodEnd } = running;
  if (running.provider === 'none') {
    await endAllowance(db, account.id, running.planId, account.now);
    await db.prisma.subscription.update({ where: { id }, data: { planId, beneficiaryId } });
    await grantFree(db, account.id, planId);
    await tellOfSubscription(db, account.id);
  } else if (currentPeriodEnd !== null && currentPeriodEnd > account.now) {
    await db.prisma.subscription.update({ where: { id }, data: { scheduledPlanId: planId, beneficiaryId } });
  } else {
    await end(db, running, account.now, 'replaced');
    await startFree(db, account, planId, beneficiaryId);
  }
}

async function idOfRunning(db: Db, accountId: string): Promise<string> {
  const running = await findRunning(db, accountId);
  if (running === undefined) throw new Error('a subscription was to run');
  return running.id;
}

/** Throws `tenant.limit_reached` where a person has free plans in as many organisations as one may. */
export async function requireFreePlace(
  db: Db,
  { config }: BillingTools,
  accountId: string,
  beneficiaryId: string | null,
): Promise<void> {
  if (beneficiaryId === null) return;
  const limit = config.FREE_ORGANISATIONS_PER_OWNER_MAX;
  if ((await freePlacesTaken(db, beneficiaryId, accountId)) < limit) return;
  throw new AppError('tenant.limit_reached', {
    detail: `The owner of this organisation has a free plan in ${limit} other organisation${limit === 1 ? '' : 's'}, the most that one person may.`,
    extra: { limit, resource: 'free_organisations' },
  });
}
