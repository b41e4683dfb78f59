import type { Counter } from '@prometheus-io/client';
import { uuidv7, writeEvent, type Logger } from '@turnpike/service-kit';
import type { Owner } from '../../domain/owner.ts';
import type { Database } from '../../stores/database.ts';
import { withAccount, type BillingTools } from '../running.ts';
import { rememberEvent } from '../stores/events.ts';
import { askedAt, findByProviderRef, findCurrent, ownerOfCustomer, planOfPrice } from '../stores/subscriptions.ts';
import { applyInvoice, applyState } from './apply.ts';
import type { StripeEvent, StripeInvoice } from './shapes.ts';
import type { StripeClient } from './stripe-client.ts';

/** What Stripe's events are handled with. */
export interface StripeTools extends BillingTools {
  readonly database: Database;
  readonly stripe: StripeClient;
  readonly logger: Logger;
  /** Counts events by what came of them. */
  readonly events: Counter<'outcome'>;
}

/** What came of an event; all but an outage is 200 to Stripe, which would send it again otherwise. */
type Outcome =
  | 'applied'
  | 'repeated'
  | 'ignored'
  | 'foreign_mode'
  | 'unknown_customer'
  | 'unknown_price'
  | 'second_subscription';

/**
 * Does what an event is about. Its content counts for nothing but that: what it is about is fetched anew, so that events in any order, and twice, end in
 * the same. Rejects on an outage.
 */
export async function handleStripeEvent(tools: StripeTools, event: StripeEvent): Promise<Outcome> {
  const outcome = await outcomeOf(tools, event);
  tools.events.inc({ outcome });
  if (outcome !== 'applied' && outcome !== 'repeated' && outcome !== 'ignored')
    tools.logger.warn({ event: event.id, type: event.type, outcome }, 'an event of Stripe changed nothing');
  return outcome;
}

async function outcomeOf(tools: StripeTools, event: StripeEvent): Promise<Outcome> {
  const { stripe } = tools;
  if (event.livemode !== stripe.livemode) return 'foreign_mode';
  const { object } = event.data;
  switch (event.type) {
    case 'checkout.session.completed':
      return object.subscription ? syncSubscription(tools, object.subscription, event) : 'ignored';
    case 'customer.subscription.created':
    case 'customer.subscription.updated':
    case 'customer.subscription.deleted':
    case 'customer.subscription.paused':
    case 'customer.subscription.resumed':
      return object.id === undefined ? 'ignored' : syncSubscription(tools, object.id, event);
    case 'invoice.paid':
    case 'invoice.payment_failed': {
      if (object.id === undefined) return 'ignored';
      const invoice = await stripe.invoice(object.id);
      if (invoice.subscriptionRef === undefined) return 'ignored';
      return syncSubscription(tools, invoice.subscriptionRef, event, invoice);
    }
    case 'charge.refunded':
      return object.id === undefined ? 'ignored' : reverse(tools, object.id, event, (charge) => charge.refunded);
    case 'charge.dispute.funds_withdrawn':
      return object.charge ? reverse(tools, object.charge, event, () => true) : 'ignored';
    case 'charge.dispute.closed':
      return object.charge && object.status === 'won' ? reinstate(tools, object.charge, event) : 'ignored';
    default:
      return 'ignored';
  }
}

/**
 * Brings a subscription to what Stripe says of it now, with its last invoice and the one that an event is about. `event`: what asked for it, if
 * something did; one that was handled before changes nothing.
 */
export async function syncSubscription(
  tools: StripeTools,
  ref: string,
  event?: Pick<StripeEvent, 'id' | 'type'>,
  invoice?: StripeInvoice,
): Promise<Outcome> {
  const { database, stripe } = tools;
  const seenAt = await askedAt(database);
  const state = await stripe.subscription(ref);
  const owner = await ownerOfCustomer(database, state.customerId);
  if (owner === undefined) return 'unknown_customer';
  const outcome = await withAccount(tools, owner, async (db, account): Promise<Outcome> => {
    if (event !== undefined && !(await rememberEvent(db, 'stripe', event))) return 'repeated';
    const applied = await applyState(db, tools, account, state, seenAt);
    if (applied !== 'applied') return applied;
    const invoices = [invoice, state.latestInvoice].filter((each) => each !== undefined);
    for (const each of invoices) await applyInvoice(db, account, state, each);
    return 'applied';
  });
  return outcome === 'second_subscription' ? endSecond(tools, owner, ref) : outcome;
}

/**
 * Ends a subscription that was paid beside the one that runs (two checkouts at once), and has the organisation's audit trail say so and its owners mailed. An outage leaves it
 * to the daily comparison.
 */
async function endSecond(tools: StripeTools, owner: Owner, ref: string): Promise<Outcome> {
  const { database, stripe } = tools;
  const running = await findCurrent(database, owner);
  if (running?.provider === 'stripe' && running.providerRef !== null) {
    // What runs here may have ended there.
    await syncSubscription(tools, running.providerRef);
    if ((await findCurrent(database, owner))?.id !== running.id) return syncSubscription(tools, ref);
  }
  const plan = await planOfPrice(database, 'stripe', (await stripe.subscription(ref)).priceId);
  await stripe.cancelAndCredit(ref);
  await database.transaction(async (db) => {
    // Several events tell of one subscription, and of all of them this is told once.
    if (!(await rememberEvent(db, 'stripe', { id: `second_${ref}`, type: 'second_subscription' }))) return;
    await writeEvent(db.query, 'audit.recorded', {
      id: uuidv7(),
      at: new Date().toISOString(),
      action: 'subscription.second_ended',
      actor: 'service',
      organisation_id: owner.id,
      detail: { subscription: ref },
    });
    await writeEvent(db.query, 'organisation.notice', {
      organisation_id: owner.id,
      key: `second_${ref}`,
      notice: { kind: 'second_subscription_ended', plan: plan ?? null },
    });
  });
  return 'second_subscription';
}

/** Takes back what a charge paid. One whose invoice is not known yet is remembered, so that it pays nothing when it comes. */
async function reverse(
  { database, stripe, ...rest }: StripeTools,
  chargeRef: string,
  event: StripeEvent,
  applies: (charge: { refunded: boolean }) => boolean,
): Promise<Outcome> {
  const charge = await stripe.paidBy(chargeRef);
  // A part of it that went back takes nothing.
  if (!applies(charge) || charge.customerId === undefined) return 'ignored';
  const owner = await ownerOfCustomer(database, charge.customerId);
  if (owner === undefined) return 'unknown_customer';
  const tools = { database, stripe, ...rest };
  for (const ref of charge.invoices) await payLate(tools, ref);
  return withAccount(tools, owner, async (db) => {
    if (!(await rememberEvent(db, 'stripe', event))) return 'repeated';
    for (const ref of charge.invoices) await db.prisma.$executeRaw`SELECT billing_reverse('stripe', ${ref})`;
    return 'applied';
  });
}

/** Takes over the payment first whose reversal has overtaken it. */
async function payLate(tools: StripeTools, invoiceRef: string): Promise<void> {
  const invoice = await tools.stripe.invoice(invoiceRef);
  if (invoice.subscriptionRef !== undefined) await syncSubscription(tools, invoice.subscriptionRef, undefined, invoice);
}

async function reinstate(tools: StripeTools, chargeRef: string, event: StripeEvent): Promise<Outcome> {
  const { customerId, invoices } = await tools.stripe.paidBy(chargeRef);
  const owner = customerId === undefined ? undefined : await ownerOfCustomer(tools.database, customerId);
  if (owner === undefined) return 'unknown_customer';
  return withAccount(tools, owner, async (db) => {
    if (!(await rememberEvent(db, 'stripe', event))) return 'repeated';
    for (const ref of invoices) await db.prisma.$executeRaw`SELECT billing_reinstate('stripe', ${ref})`;
    return 'applied';
  });
}

/**
 * Asks Stripe about every subscription of ours that has not ended, and about those that Stripe has running: what a lost event would have told. Returns
 * how many were asked about.
 */
export async function reconcile(tools: StripeTools, signal: AbortSignal): Promise<number> {
  const ours = await tools.database.prisma.subscription.findMany({
    where: { provider: 'stripe', providerRef: { not: null }, endedAt: null },
    select: { providerRef: true },
  });
  const refs = new Set(ours.flatMap(({ providerRef }) => providerRef ?? []));
  for await (const ref of tools.stripe.runningSubscriptions()) refs.add(ref);
  for (const ref of refs) {
    if (signal.aborted) break;
    try {
      await syncSubscription(tools, ref);
    } catch (err) {
      // One that Stripe does not know any more keeps none of the others from being asked about.
      tools.logger.warn({ err, subscription: ref }, 'a subscription could not be compared with Stripe');
    }
  }
  return refs.size;
}

/** What suspending, restoring and archiving an organisation is to its subscription at Stripe: who is shut out is not charged. */
export async function followAtStripe(
  tools: Pick<StripeTools, 'database' | 'stripe'>,
  owner: Owner,
  change: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const account = await tools.database.prisma.account.findUnique({
    where: { ownerType_ownerId: { ownerType: owner.type, ownerId: owner.id } },
    select: {
      subscriptions: { where: { provider: 'stripe', providerRef: { not: null } }, orderBy: { id: 'desc' }, take: 1 },
    },
  });
  const ref = account?.subscriptions[0]?.providerRef;
  if (!ref) return;
  const found = await findByProviderRef(tools.database, 'stripe', ref);
  if (change === 'cancel') {
    const { status } = await tools.stripe.subscription(ref);
    if (status !== 'canceled') await tools.stripe.cancel(ref);
  } else if (found !== undefined && found.endedAt === null) await tools.stripe.pause(ref, change === 'pause');
}
