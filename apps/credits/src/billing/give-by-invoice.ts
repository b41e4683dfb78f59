import { AppError, uuidv7, writeEvent } from '@turnpike/service-kit';
import type { AuditReport } from '../domain/grant.ts';
import type { Owner } from '../domain/owner.ts';
import { invalidField } from '../routes/refusals.ts';
import type { Db } from '../stores/database.ts';
import type { Subscription } from './domain/subscription.ts';
import { end, requireOpen, withAccount, type BillingTools } from './running.ts';
import { anchorOf, endAllowance, fund, termEnd } from './stores/funding.ts';
import { findPlan, type StoredPlan } from './stores/plans.ts';
import { findRunning, getSubscription, tellOfSubscription, type LockedAccount } from './stores/subscriptions.ts';

/** What an operator's invoice pays. */
export interface Invoice {
  readonly planId: string;
  readonly reference: string;
  readonly periods: number;
  /** When the first period begins; now, or where the paid time ends, unless given. */
  readonly anchorAt: Date | undefined;
  /** For the audit trail. */
  readonly report: AuditReport;
}

/**
 * Puts an owner on a plan by an operator's invoice, once per reference. Throws 422 for an unknown plan, `subscription.exists` while a payment
 * provider charges for one, 423 for a closed account.
 */
export function giveByInvoice(tools: BillingTools, owner: Owner, invoice: Invoice): Promise<Subscription> {
  const reference = `${owner.id}:${invoice.reference}`;
  return withAccount(tools, owner, async (db, account) => {
    const paid = await db.prisma.payment.findUnique({
      where: { provider_reference: { provider: 'manual', reference } },
    });
    if (paid?.subscriptionId) return getSubscription(db, paid.subscriptionId);
    requireOpen(account);
    const plan = await findPlan(db, invoice.planId);
    if (plan === undefined || plan.withdrawnAt !== null) throw invalidField('plan_id', 'There is no such plan');
    const running = await findRunning(db, account.id);
    requireOurs(running);
    const id = await place(db, account, plan, running, invoice);
    const { from, until } = id.term;
    await db.prisma.payment.create({
      data: {
        provider: 'manual',
        reference,
        accountId: account.id,
        subscriptionId: id.subscriptionId,
        planId: plan.id,
        periodStart: from,
        periodEnd: until,
        paidAt: account.now,
      },
    });
    await tellOfSubscription(db, account.id);
    await writeEvent(db.query, 'audit.recorded', invoice.report);
    return getSubscription(db, id.subscriptionId);
  });
}

/** Ends what an owner has, without a payment provider. Returns the subscription, or the last one where none runs. */
export function takePlan(tools: BillingTools, owner: Owner, report: AuditReport): Promise<Subscription | null> {
  return withAccount(tools, owner, async (db, account) => {
    const running = await findRunning(db, account.id);
    if (running === undefined) {
      const last = await db.prisma.subscription.findFirst({
        where: { accountId: account.id, status: 'canceled' },
        orderBy: { id: 'desc' },
        select: { id: true },
      });
      return last === null ? null : getSubscription(db, last.id);
    }
    requireOurs(running);
    await end(db, running, account.now, 'operator');
    await tellOfSubscription(db, account.id);
    await writeEvent(db.query, 'audit.recorded', report);
    return getSubscription(db, running.id);
  });
}

/** Throws `subscription.exists` for a subscription that a payment provider charges for. */
function requireOurs(running: Subscription | undefined): void {
  if (running?.provider === 'stripe' || running?.provider === 'apple')
    throw new AppError('subscription.exists', {
      detail: 'The organisation pays for a plan through a payment provider: end that one first.',
    });
}

/** The subscription that the invoice is for, with the time that it pays, granted as far as it has begun. */
async function place(
  db: Db,
  account: LockedAccount,
  plan: StoredPlan,
  running: Subscription | undefined,
  { periods, anchorAt: given }: Invoice,
): Promise<{ subscriptionId: string; term: { from: Date; until: Date } }> {
  const goesOn = running?.provider === 'manual' && running.planId === plan.id ? running : undefined;
  const former = goesOn && given === undefined ? await anchorOf(db, account.id, plan.id) : undefined;
  const anchorAt = former ?? given ?? account.now;
  const from = former === undefined ? anchorAt : (goesOn?.currentPeriodEnd ?? anchorAt);
  const until = await termEnd(db, { anchorAt, period: plan.period, from, periods });
  const paidUntil = goesOn?.currentPeriodEnd && goesOn.currentPeriodEnd > until ? goesOn.currentPeriodEnd : until;
  const data = {
    status: 'active',
    currentPeriodStart: goesOn?.status === 'active' && former !== undefined ? goesOn.currentPeriodStart : from,
    currentPeriodEnd: paidUntil,
    graceEndsAt: null,
    dueAt: paidUntil,
  };
  const id = goesOn?.id ?? uuidv7();
  if (goesOn === undefined) {
    if (running !== undefined) await end(db, running, account.now, 'replaced');
    const identity = { id, accountId: account.id, planId: plan.id, provider: 'manual', startedAt: account.now };
    await db.prisma.subscription.create({ data: { ...identity, ...data } });
  } else await db.prisma.subscription.update({ where: { id }, data });
  if (running !== undefined && running.planId !== plan.id)
    await endAllowance(db, account.id, running.planId, account.now);
  await fund(db, { accountId: account.id, planId: plan.id, anchorAt, from, until, grantsRunning: true });
  return { subscriptionId: id, term: { from, until } };
}
