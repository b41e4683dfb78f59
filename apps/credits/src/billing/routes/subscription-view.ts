import type { z } from 'zod';
import type { subscription } from '@turnpike/contracts';
import type { Subscription } from '../domain/subscription.ts';

/** A subscription as it is answered; `pays`: to somebody who may pay it. */
export function subscriptionView(found: Subscription, pays = false): z.input<typeof subscription> {
  return {
    id: found.id,
    plan_id: found.planId,
    plan_name: found.planName,
    status: found.status,
    provider: found.provider,
    current_period_start: found.currentPeriodStart?.toISOString() ?? null,
    current_period_end: found.currentPeriodEnd?.toISOString() ?? null,
    cancel_at_period_end: found.cancelAtPeriodEnd,
    scheduled_plan_id: found.scheduledPlanId,
    trial_ends_at: found.trialEndsAt?.toISOString() ?? null,
    started_at: found.startedAt?.toISOString() ?? null,
    ended_at: found.endedAt?.toISOString() ?? null,
    ...(found.status === 'incomplete' ? { checkout_url: pays ? found.checkoutUrl : null } : {}),
  };
}
