import { AppError, uuidv7 } from '@turnpike/service-kit';
import type { Owner } from '../../domain/owner.ts';
import type { Db } from '../../stores/database.ts';
import type { Subscription } from '../domain/subscription.ts';
import { end, noSubscription, requireOpen, withAccount } from '../running.ts';
import type { StoredPlan } from '../stores/plans.ts';
import { findPlan } from '../stores/plans.ts';
import { findCheckout, findRunning, getSubscription } from '../stores/subscriptions.ts';
import { syncSubscription, type StripeTools } from './events.ts';

/** How long a checkout is answered again, in milliseconds. */
const CHECKOUT_MS = 3_600_000;

/** Where a browser goes when it comes back. */
interface ReturnUrls {
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** Who has a plan's trial: the person whom the organisation's free credits count for, `null` where it has no owner. */
export type TrialOf = () => Promise<string | null>;

/** Begins the payment of a plan, or goes on with the one that was begun within the hour. Throws `billing.unconfigured` for a plan without a price. */
export async function checkOut(
  tools: StripeTools,
  owner: Owner,
  plan: StoredPlan,
  urls: ReturnUrls,
  trialOf: TrialOf,
): Promise<Subscription> {
  const { stripe } = tools;
  const priceId = plan.stripePriceId;
  if (priceId === null) throw new AppError('billing.unconfigured', { detail: 'This plan has no price at Stripe yet.' });
  const beneficiaryId = plan.trialDays > 0 ? await trialOf() : null;
  const { open, accountId, trialled } = await withAccount(tools, owner, async (db, account) => {
    requireOpen(account);
    if ((await findRunning(db, account.id))?.provider === 'manual') throw paidOtherwise();
    const trialled = await hadTrial(db, account.id, beneficiaryId);
    return { open: await findCheckout(db, account.id), accountId: account.id, trialled };
  });
  if (open !== undefined && open.planId === plan.id && open.checkoutUrl !== null) return open;
  if (open?.checkoutRef) await tools.stripe.expireCheckout(open.checkoutRef).catch(() => {});
  const customerId = await customerOf(tools, owner, accountId);
  const trialDays = trialled ? 0 : plan.trialDays;
  const session = await stripe.createCheckout({ customerId, organisationId: owner.id, priceId, trialDays, ...urls });
  return withAccount(tools, owner, async (db, account) => {
    const other = await findCheckout(db, account.id);
    // Another call was first.
    if (other !== undefined && other.id !== open?.id) return other;
    if (other !== undefined) await end(db, other, account.now, 'replaced');
    const id = uuidv7();
    await db.prisma.subscription.create({
      data: {
        id,
        accountId: account.id,
        planId: plan.id,
        provider: 'stripe',
        status: 'incomplete',
        checkoutRef: session.ref,
        checkoutUrl: session.url,
        beneficiaryId: trialDays > 0 ? beneficiaryId : null,
        dueAt: new Date(Math.min(account.now.getTime() + CHECKOUT_MS, session.expiresAt.getTime())),
      },
    });
    return getSubscription(db, id);
  });
}

/** Whether the organisation, or its owner through another one, has had a trial, or is paying for one with a trial now. */
async function hadTrial({ prisma }: Db, accountId: string, beneficiaryId: string | null): Promise<boolean> {
  const elsewhere =
    beneficiaryId === null
      ? []
      : [
          { beneficiaryId, trialEndsAt: { not: null } },
          { beneficiaryId, provider: 'stripe', status: 'incomplete', accountId: { not: accountId } },
        ];
  const where = { OR: [{ accountId, trialEndsAt: { not: null } }, ...elsewhere] };
  return (await prisma.subscription.findFirst({ where, select: { id: true } })) !== null;
}

/** The organisation's customer at Stripe, made on demand. */
async function customerOf({ database, stripe }: StripeTools, owner: Owner, accountId: string): Promise<string> {
  const known = await database.prisma.billingCustomer.findUnique({ where: { accountId } });
  if (known !== null) return known.stripeCustomerId;
  const stripeCustomerId = await stripe.createCustomer(owner.id);
  await database.prisma.billingCustomer.createMany({ data: { accountId, stripeCustomerId }, skipDuplicates: true });
  const { stripeCustomerId: first } = await database.prisma.billingCustomer.findUniqueOrThrow({ where: { accountId } });
  return first;
}

/** A page of Stripe's where an admin sees invoices and changes the card. Throws 404 for an organisation that never paid. */
export async function openPortal(tools: StripeTools, owner: Owner, returnUrl: string): Promise<string> {
  const account = await tools.database.prisma.account.findUnique({
    where: { ownerType_ownerId: { ownerType: owner.type, ownerId: owner.id } },
    select: { customer: true },
  });
  if (!account?.customer) throw noSubscription();
  return tools.stripe.portal(account.customer.stripeCustomerId, returnUrl);
}

/**
 * Another plan for a subscription that Stripe charges for: a higher one by an invoice for the rest of the period, a lower one from the next period on, a free
 * one when the present one has ended. Throws `subscription.exists` where only the portal helps.
 */
export async function changePlan(
  tools: StripeTools,
  owner: Owner,
  running: Subscription,
  plan: StoredPlan,
): Promise<Subscription> {
  const ref = requireRef(running);
  if (running.status === 'past_due')
    throw new AppError('subscription.exists', { detail: 'An invoice is not paid: pay it in the portal first.' });
  const { stripe } = tools;
  if (plan.checkout === 'none') {
    await stripe.cancelAtPeriodEnd(ref, true);
    return schedule(tools, owner, ref, plan.id);
  }
  if (plan.stripePriceId === null)
    throw new AppError('billing.unconfigured', { detail: 'This plan has no price at Stripe yet.' });
  const present = await findPlan(tools.database, running.planId);
  const higher = plan.rank > running.planRank;
  if (!higher && present?.pricePeriod !== plan.pricePeriod)
    throw new AppError('subscription.exists', {
      detail: 'A plan of another period of payment is changed to in the portal.',
    });
  const { itemId, priceId } = await stripe.subscription(ref);
  if (running.cancelAtPeriodEnd) await stripe.cancelAtPeriodEnd(ref, false);
  // What was paid for is the present plan: the difference is to it, not to one that was to follow.
  if (higher && present?.stripePriceId && priceId !== present.stripePriceId)
    await stripe.changePrice(ref, itemId, present.stripePriceId, 'next_period');
  await stripe.changePrice(ref, itemId, plan.stripePriceId, higher ? 'now' : 'next_period');
  return schedule(tools, owner, ref, null);
}

/** Undoes what was to follow: an end, a free plan, a lower one. */
export async function keepAtStripe(
  tools: StripeTools,
  owner: Owner,
  running: Subscription,
  undo: { readonly end: boolean; readonly plan: boolean },
): Promise<Subscription> {
  const ref = requireRef(running);
  const { stripe } = tools;
  if (running.cancelAtPeriodEnd && (undo.end || undo.plan)) await stripe.cancelAtPeriodEnd(ref, false);
  const present = await findPlan(tools.database, running.planId);
  const { itemId, priceId } = await stripe.subscription(ref);
  if (undo.plan && present?.stripePriceId && priceId !== present.stripePriceId)
    await stripe.changePrice(ref, itemId, present.stripePriceId, 'next_period');
  return schedule(tools, owner, ref, null);
}

/** Lets it end with the paid period; a checkout that was not paid ends at once. */
export async function cancelAtStripe(tools: StripeTools, owner: Owner, current: Subscription): Promise<Subscription> {
  if (current.status === 'incomplete') {
    if (current.checkoutRef !== null) await tools.stripe.expireCheckout(current.checkoutRef).catch(() => {});
    return withAccount(tools, owner, async (db, account) => {
      const still = await getSubscription(db, current.id);
      if (still.status === 'incomplete') await end(db, still, account.now, 'asked');
      return getSubscription(db, current.id);
    });
  }
  const ref = requireRef(current);
  await tools.stripe.cancelAtPeriodEnd(ref, true);
  return schedule(tools, owner, ref, null);
}

/** Takes over what Stripe has made of a change, and what is to follow. */
async function schedule(
  tools: StripeTools,
  owner: Owner,
  ref: string,
  freePlanId: string | null,
): Promise<Subscription> {
  await syncSubscription(tools, ref);
  return withAccount(tools, owner, async (db, account) => {
    const running = await findRunning(db, account.id);
    if (running === undefined) throw noSubscription();
    if (freePlanId !== null)
      await db.prisma.subscription.update({ where: { id: running.id }, data: { scheduledPlanId: freePlanId } });
    return getSubscription(db, running.id);
  });
}

function requireRef({ providerRef }: Subscription): string {
  if (providerRef === null) throw paidOtherwise();
  return providerRef;
}

function paidOtherwise(): AppError {
  return new AppError('subscription.exists', {
    detail: 'The organisation has a plan by invoice of an operator, who changes it.',
  });
}
