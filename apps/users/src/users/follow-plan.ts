import type { EventPayload } from '@turnpike/contracts';
import { isUserTier, type TierSettings } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { tiersBelow } from './domain/tier-order.ts';
import { writeAuditEvent } from './stores/audit-events.ts';
import { followPlan } from './stores/users.ts';

/**
 * Takes over what credits says of a person's own plan. Its tier stands in place of a lower one, and goes with the plan; what operators set meanwhile
 * stands until the plan changes. Auth has the edges ask anew. An event that a later one has overtaken changes nothing, nor does one of a person who
 * is not there.
 */
export async function followPersonalPlan(
  {
    config,
    database,
    logger,
    relay,
  }: Pick<Context, 'database' | 'logger' | 'relay'> & {
    readonly config: { readonly RATE_LIMIT_TIERS: TierSettings };
  },
  { user_id: userId, plan, tier, revision }: EventPayload<'user.plan_changed'>,
  eventId: string,
): Promise<void> {
  const tiers = config.RATE_LIMIT_TIERS;
  const isKnown = tier === null || isUserTier(tiers, tier);
  if (!isKnown) logger.warn({ userId, plan, tier }, 'a plan names a tier that users cannot have');
  const given = isKnown ? tier : null;
  const above = given === null ? [] : tiersBelow(tiers, given);
  await database.transaction(async (db) => {
    const change = await followPlan(db, userId, { tier: given, above, revision });
    if (change === undefined || change.tier === change.tierBefore) return;
    const detail = { tier: change.tier, tier_before: change.tierBefore, ...(plan === null ? {} : { plan }) };
    await writeAuditEvent(db, { action: 'user.tier_changed', actor: 'system', requestId: eventId, detail }, userId);
  });
  relay.kick();
}
