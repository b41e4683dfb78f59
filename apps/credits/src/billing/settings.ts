import { z } from 'zod';
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
  STRIPE_SECRET_KEY: env.string().optional().meta({
    description: "The secret key of the operator's account at Stripe. Without it plans are free or by invoice.",
    secret: 'optional',
  }),
  STRIPE_WEBHOOK_SECRET: env.list().meta({
    description:
      'What Stripe signs its events with (whsec_…), needed with STRIPE_SECRET_KEY; several while one replaces another.',
    secret: 'optional',
  }),
  STRIPE_PRICE_PRO: env
    .string()
    .optional()
    .describe(
      "Stripe's id of the price of the plan pro (price_…). A plans file may name other variables for its plans.",
    ),
  STRIPE_API_URL: env.url().optional().describe('Where Stripe answers, for tests; its own address unless set.'),
  PLATFORM_APP_ORIGINS: env
    .list()
    .pipe(z.array(z.url({ protocol: /^https?$/, error: 'must be origins, such as https://app.example.com' })))
    .transform((urls) => urls.map((url) => new URL(url).origin))
    .describe(
      'Origins that a browser may be sent back to from a payment, such as https://app.example.com; needed with STRIPE_SECRET_KEY. The first is used where a request names no address.',
    ),
} as const;
