import type { EventPayload } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import { hasUnpaidInvoice, noteSubscription } from './stores/subscriptions.ts';
import { tellOfFailedPayment, type MailTools } from './tell-of-failed-payment.ts';

/**
 * Takes over what credits says of an organisation's subscription: plan, tier and limits. Nothing ends by it; edges ask anew, so that it acts within a
 * second. An event that a later one has overtaken changes nothing. Owners are mailed when a payment fails.
 */
export async function followSubscription(
  context: Pick<Context, 'revocations'> & MailTools,
  change: EventPayload<'subscription.changed'>,
): Promise<void> {
  if (change.owner_type !== 'organisation') return;
  const { owner_id: organisationId, subscription_id: subscriptionId, plan, status, tier, limits, revision } = change;
  const { database, revocations } = context;
  const wasUnpaid = await hasUnpaidInvoice(database, organisationId);
  const given = { organisationId, subscriptionId, plan, status, tier, limits, revision };
  const recorded = await noteSubscription(database, given);
  await revocations.announce(recorded);
  if (recorded.length > 0 && status === 'past_due' && !wasUnpaid) await tellOfFailedPayment(context, change);
}
