import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { namesOneOwner, ownerParameters } from './owner.ts';

/** By whom a subscription is paid: nobody, an operator's invoices, Stripe, Apple. */
export const billingProvider = z.enum(['none', 'manual', 'stripe', 'apple']).meta({ id: 'BillingProvider' });
export type BillingProvider = z.output<typeof billingProvider>;

export const subscriptionStatus = z
  .enum(['incomplete', 'trialing', 'active', 'past_due', 'canceled'])
  .meta({ id: 'SubscriptionStatus' });
export type SubscriptionStatus = z.output<typeof subscriptionStatus>;

/** An owner on a plan. */
export const subscription = z
  .object({
    id: field.id,
    plan_id: z.string(),
    plan_name: z.string(),
    status: subscriptionStatus.describe(
      '`incomplete`: a checkout that was not paid, so it gives nothing. `past_due`: unpaid; it grants nothing, and keeps its tier for `BILLING_GRACE_DAYS`. `canceled`: ended.',
    ),
    provider: billingProvider,
    current_period_start: field.timestamp.nullable(),
    current_period_end: field.timestamp
      .nullable()
      .describe('Up to when it is paid; of a free plan, when it grants next.'),
    cancel_at_period_end: z.boolean(),
    scheduled_plan_id: z.string().nullable().describe('The plan that follows at the end of the period.'),
    trial_ends_at: field.timestamp.nullable(),
    started_at: field.timestamp.nullable(),
    ended_at: field.timestamp.nullable(),
    checkout_url: z.url().nullable().optional().describe('Where an `incomplete` one is paid; for admins.'),
  })
  .meta({ id: 'Subscription' });

export const readSubscription = defineEndpoint({
  id: 'credits.readSubscription',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/subscription',
  access: 'service',
  summary: "An owner's subscription",
  query: z.object(ownerParameters).refine(...namesOneOwner),
  responses: {
    200: z.object({ subscription: subscription.nullable().describe('Null where none is running.') }),
  },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
