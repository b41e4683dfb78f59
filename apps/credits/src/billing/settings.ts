import { env, tierSettings } from '@turnpike/service-kit';

/** Settings of plans and their payment; a part of the service's configuration. */
export const billingSettings = {
  ...tierSettings,
  FREE_ORGANISATIONS_PER_OWNER_MAX: env
    .int(1, 0, 1_000)
    .describe('Organisations of one owner that can be on a free plan at one time.'),
  BILLING_GRACE_DAYS: env
    .int(7, 0, 90)
    .describe('How long an unpaid subscription keeps its tier, in days; it grants nothing meanwhile.'),
} as const;
