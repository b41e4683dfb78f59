import type { EventPayload } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import { noteSubscription } from './stores/subscriptions.ts';

/**
 * Takes over what credits says of an organisation's subscription: plan, tier and limits. Nothing ends by it; edges ask anew, so that it acts within a
 * second. An event that a later one has overtaken changes nothing.
 */
export async function followSubscription(
  { database, revocations }: Pick<Context, 'database' | 'revocations'>,
  change: EventPayload<'subscription.changed'>,
): Promise<void> {
  if (change.owner_type !== 'organisation') return;
  const { owner_id: organisationId, subscription_id: subscriptionId, plan, status, tier, limits, revision } = change;
  await revocations.announce(
    await noteSubscription(database, { organisationId, subscriptionId, plan, status, tier, limits, revision }),
  );
}
