import type { Owner } from '../domain/owner.ts';
import type { Subscription } from './domain/subscription.ts';
import { end, noSubscription, withAccount, type BillingTools } from './running.ts';
import { findCurrent, findRunning, getSubscription, tellOfSubscription } from './stores/subscriptions.ts';

/** Leaves a plan that no payment provider charges for, at once. Throws 404 where there is none. */
export function leavePlan(tools: BillingTools, owner: Owner): Promise<Subscription> {
  return withAccount(tools, owner, async (db, account) => {
    const current = await findCurrent(db, owner);
    if (current === undefined) throw noSubscription();
    await end(db, current, account.now, 'asked');
    await tellOfSubscription(db, account.id);
    return getSubscription(db, current.id);
  });
}

/** Keeps the present plan where another one was to follow. Throws 404 where nothing runs. */
export function keepPlan(tools: BillingTools, owner: Owner): Promise<Subscription> {
  return withAccount(tools, owner, async (db, account) => {
    const running = await findRunning(db, account.id);
    if (running === undefined) throw noSubscription();
    await db.prisma.subscription.update({ where: { id: running.id }, data: { scheduledPlanId: null } });
    return getSubscription(db, running.id);
  });
}

/** Ends what an organisation has that was archived. */
export async function endOfArchived(tools: BillingTools, owner: Owner): Promise<void> {
  await withAccount(tools, owner, async (db, account) => {
    if (account.status === 'open') return;
    const current = await findCurrent(db, owner);
    if (current === undefined) return;
    await end(db, current, account.now, 'archived');
    await tellOfSubscription(db, account.id);
  });
}
