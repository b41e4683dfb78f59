import { z } from 'zod';
import { uuidv7 } from '@turnpike/service-kit';
import type { Db } from '../../stores/database.ts';
import { graceEnd, type Subscription } from '../domain/subscription.ts';
import { end, type BillingTools } from '../running.ts';
import { endAllowance, fund } from '../stores/funding.ts';
import { findPlan } from '../stores/plans.ts';
import {
  findByProviderRef,
  findCheckout,
  findRunning,
  getSubscription,
  planOfPrice,
  tellOfSubscription,
  type LockedAccount,
} from '../stores/subscriptions.ts';
import { startFollowing } from '../sweep.ts';
import type { StripeInvoice, StripeLine, StripeSubscription } from './shapes.ts';

/** What came of it: applied, or why nothing was. */
type Applied = 'applied' | 'unknown_price' | 'second_subscription';

const changeGrant = z.object({ grant: z.string().nullable() });

const STATUS: Readonly<Record<string, Subscription['status']>> = {
  trialing: 'trialing',
  active: 'active',
  past_due: 'past_due',
  incomplete: 'incomplete',
};

/**
 * Takes over a subscription as Stripe had it at `seenAt`, in a transaction that locked the account. What an older answer says is left out. Nothing is
 * granted by it but a trial: credits come with paid invoices.
 */
export async function applyState(
  db: Db,
  tools: BillingTools,
  account: LockedAccount,
  state: StripeSubscription,
  seenAt: Date,
): Promise<Applied> {
  const plan = await planOfPrice(db, 'stripe', state.priceId);
  const status = STATUS[state.status] ?? 'canceled';
  const known = await knownAs(db, account, state.ref, status);
  if (known === undefined && plan === undefined) return 'unknown_price';
  if (known !== undefined && known.seenAt !== null && known.seenAt > seenAt) return 'applied';
  if (status === 'canceled') {
    if (known !== undefined && known.endedAt === null) await endAtStripe(db, tools, account, known, state, seenAt);
    return 'applied';
  }
  if (known?.endedAt) return 'applied';
  const running = await findRunning(db, account.id);
  if (running !== undefined && running.id !== known?.id && status !== 'incomplete') {
    if (running.provider === 'stripe' || running.provider === 'apple') return 'second_subscription';
    await end(db, running, account.now, 'replaced');
  }
  await write(db, tools, account, known, { state, plan, status, seenAt });
  if (status === 'trialing' && plan !== undefined && state.trialStart !== undefined && state.trialEnd !== undefined)
    await db.prisma.$executeRaw`
      SELECT billing_grant_trial(${account.id}::uuid, ${plan}, ${state.trialStart}::timestamptz, ${state.trialEnd}::timestamptz)`;
  await tellOfSubscription(db, account.id);
  return 'applied';
}

/** Ours of a subscription at Stripe, else the checkout that it was begun with. One that was never heard of and has ended was not begun with it. */
async function knownAs(
  db: Db,
  account: LockedAccount,
  ref: string,
  status: Subscription['status'],
): Promise<Subscription | undefined> {
  const known = await findByProviderRef(db, 'stripe', ref);
  if (known !== undefined || status === 'canceled') return known;
  return findCheckout(db, account.id);
}

async function write(
  db: Db,
  { config }: BillingTools,
  account: LockedAccount,
  known: Subscription | undefined,
  seen: { state: StripeSubscription; plan: string | undefined; status: Subscription['status']; seenAt: Date },
): Promise<void> {
  const { state, plan, status, seenAt } = seen;
  const begun = known !== undefined && known.status !== 'incomplete';
  // A plan changes with a paid invoice. Until then the other price is what follows.
  const planId = begun ? known.planId : (plan ?? known?.planId);
  if (planId === undefined) return;
  const following = begun && plan !== undefined && plan !== planId ? plan : null;
  const grace = status === 'past_due' ? (known?.graceEndsAt ?? graceEnd(account.now, config.BILLING_GRACE_DAYS)) : null;
  const data = {
    planId,
    status,
    providerRef: state.ref,
    seenAt,
    cancelAtPeriodEnd: state.cancelAtPeriodEnd,
    scheduledPlanId: following ?? (state.cancelAtPeriodEnd ? (known?.scheduledPlanId ?? null) : null),
    trialEndsAt: state.trialEnd ?? null,
    graceEndsAt: grace,
    dueAt: status === 'incomplete' ? (known?.dueAt ?? null) : grace,
    ...(state.periodStart === undefined ? {} : { currentPeriodStart: state.periodStart }),
    ...(state.periodEnd === undefined ? {} : { currentPeriodEnd: state.periodEnd }),
    ...(status === 'incomplete' ? {} : { startedAt: known?.startedAt ?? account.now, checkoutUrl: null }),
  };
  if (known !== undefined) await db.prisma.subscription.update({ where: { id: known.id }, data });
  else
    await db.prisma.subscription.create({ data: { id: uuidv7(), accountId: account.id, provider: 'stripe', ...data } });
}

async function endAtStripe(
  db: Db,
  tools: BillingTools,
  account: LockedAccount,
  known: Subscription,
  state: StripeSubscription,
  seenAt: Date,
): Promise<void> {
  await end(db, known, account.now, 'expired');
  const facts = { cause: state.status, providerRef: state.ref, seenAt };
  await db.prisma.subscription.update({ where: { id: known.id }, data: facts });
  const follows = known.scheduledPlanId === null ? undefined : await findPlan(db, known.scheduledPlanId);
  if (follows?.checkout === 'none') await startFollowing(db, tools, account, follows.id, known.beneficiaryId);
  else await tellOfSubscription(db, account.id);
}

/**
 * Takes over a paid invoice, once: the time that it pays is funded, and a change within a period brings its share. In a transaction that locked the
 * account and has applied the subscription.
 */
export async function applyInvoice(
  db: Db,
  account: LockedAccount,
  state: StripeSubscription,
  invoice: StripeInvoice,
): Promise<void> {
  if (!invoice.paid || invoice.subscriptionRef !== state.ref) return;
  const known = await findByProviderRef(db, 'stripe', state.ref);
  if (known === undefined) return;
  const key = { provider: 'stripe', reference: invoice.ref };
  if ((await db.prisma.payment.findUnique({ where: { provider_reference: key } })) !== null) return;
  const paid = paidLine(invoice, state);
  const planId = paid?.priceId === undefined ? undefined : await planOfPrice(db, 'stripe', paid.priceId);
  if (paid === undefined || planId === undefined) return;
  const grantId = paid.proration
    ? await upgrade(db, account, known, planId, paid)
    : await renew(db, account, known, planId, paid, state);
  await db.prisma.payment.create({
    data: {
      ...key,
      accountId: account.id,
      subscriptionId: known.id,
      planId,
      periodStart: paid.start,
      periodEnd: paid.end,
      grantId,
      paidAt: account.now,
    },
  });
  await tellOfSubscription(db, account.id);
}

/** The line that says what was paid for: a whole period, else the rest of one. What a trial costs is nothing, and pays nothing. */
function paidLine({ lines }: StripeInvoice, { trialEnd }: StripeSubscription): StripeLine | undefined {
  const charged = lines.filter((each) => each.amount >= 0 && (trialEnd === undefined || each.end > trialEnd));
  return (
    charged.find(({ proration }) => !proration) ?? charged.find(({ proration, amount }) => proration && amount > 0)
  );
}

async function renew(
  db: Db,
  account: LockedAccount,
  known: Subscription,
  planId: string,
  { start, end: until }: StripeLine,
  { anchorAt }: StripeSubscription,
): Promise<null> {
  await switchPlan(db, account, known, planId);
  const anchor = anchorAt <= start ? anchorAt : start;
  await fund(db, { accountId: account.id, planId, anchorAt: anchor, from: start, until, grantsRunning: true });
  return null;
}

async function upgrade(
  db: Db,
  account: LockedAccount,
  known: Subscription,
  planId: string,
  { start, end: until }: StripeLine,
): Promise<string | null> {
  if (known.planId === planId) return null;
  const before = await db.prisma.allowance.findUnique({
    where: { accountId_planId: { accountId: account.id, planId: known.planId } },
    select: { anchorAt: true },
  });
  const { grant } = await db.one(changeGrant)`
    SELECT billing_grant_change(${account.id}::uuid, ${known.id}::uuid, ${known.planId}, ${planId}, ${start}::timestamptz) AS grant`;
  await switchPlan(db, account, known, planId);
  const anchorAt = before?.anchorAt ?? start;
  await fund(db, { accountId: account.id, planId, anchorAt, from: start, until, grantsRunning: false });
  return grant;
}

async function switchPlan(db: Db, account: LockedAccount, known: Subscription, planId: string): Promise<void> {
  const now = await getSubscription(db, known.id);
  if (now.planId === planId) return;
  await endAllowance(db, account.id, now.planId, account.now);
  const scheduledPlanId = now.scheduledPlanId === planId ? null : now.scheduledPlanId;
  await db.prisma.subscription.update({ where: { id: known.id }, data: { planId, scheduledPlanId } });
}
