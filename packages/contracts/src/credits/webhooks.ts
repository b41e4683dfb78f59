import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

/** Largest event of a payment provider, in bytes, and how many of them a client address sends in a minute at most: they come in bursts. */
const EVENT_BYTES_MAX = 1024 * 1024;
const EVENTS_PER_MINUTE = 6_000;

export const stripeWebhook = defineEndpoint({
  id: 'credits.stripeWebhook',
  owner: 'credits',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/credits/webhooks/stripe',
  access: 'public',
  rateLimit: { per: 'address', perMinute: EVENTS_PER_MINUTE, alone: true },
  bodyBytesMax: EVENT_BYTES_MAX,
  signedBody: true,
  summary: "Stripe's word that something about a payment has changed",
  description:
    'Signed by Stripe in `Stripe-Signature`, under one of `STRIPE_WEBHOOK_SECRET`, at most 300 seconds ago. What it is about is fetched anew; told again it changes nothing. ' +
    'Register this address at Stripe for `checkout.session.completed`, `customer.subscription.*`, `invoice.paid`, `invoice.payment_failed`, `charge.refunded` and `charge.dispute.*`.',
  body: z.looseObject({ id: z.string().min(1).max(255), type: z.string().min(1).max(128) }),
  responses: { 200: z.object({ received: z.literal(true) }).meta({ id: 'EventReceived' }) },
  errors: ['request.malformed', 'request.invalid', 'request.too_large', 'billing.unconfigured', 'service.unavailable'],
});
