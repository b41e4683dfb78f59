import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { creditField } from './amounts.ts';

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
  // Read once the signature is good: who did not sign is told nothing of what an event looks like.
  body: z.unknown(),
  responses: { 200: z.object({ received: z.literal(true) }).meta({ id: 'EventReceived' }) },
  errors: ['request.malformed', 'request.invalid', 'request.too_large', 'billing.unconfigured', 'service.unavailable'],
});

/** Longest text that Apple signs, in characters. Theirs have about ten thousand. */
const SIGNED_CHARS_MAX = 100_000;

export const appleWebhook = defineEndpoint({
  id: 'credits.appleWebhook',
  owner: 'credits',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/credits/webhooks/apple',
  access: 'public',
  rateLimit: { per: 'address', perMinute: EVENTS_PER_MINUTE, alone: true },
  bodyBytesMax: EVENT_BYTES_MAX,
  summary: "The App Store's word that something about a purchase has changed",
  description:
    'Version 2 of its server notifications, signed by Apple: renewals, refunds, ends. Told again, or in another order, they change nothing. Register this address in App Store Connect, ' +
    'for each store that `APPLE_ENVIRONMENTS` names.',
  body: z.object({ signedPayload: z.string().min(1).max(SIGNED_CHARS_MAX) }),
  responses: { 200: z.object({ received: z.literal(true) }).meta({ id: 'EventReceived' }) },
  errors: ['request.malformed', 'request.invalid', 'request.too_large', 'billing.unconfigured', 'service.unavailable'],
});

export const submitApplePurchase = defineEndpoint({
  id: 'credits.submitApplePurchase',
  owner: 'credits',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/credits/purchases/apple',
  access: 'user',
  bodyBytesMax: EVENT_BYTES_MAX,
  summary: 'Credits for a purchase in the App Store',
  description:
    "The signed transaction of StoreKit 2 (`jwsRepresentation`), whose `appAccountToken` is the caller's id. Credits that were bought are granted at once, and a " +
    "subscription's for the period that it pays; sent again it is the same answer with `created: false`. Renewals and refunds come from Apple.",
  body: z.object({ signed_transaction: z.string().min(1).max(SIGNED_CHARS_MAX) }),
  responses: {
    200: z
      .object({
        transaction_id: z.string(),
        granted: creditField.balance.describe('What the purchase has brought, in whole credits, rounded down.'),
        balance: creditField.balance,
        created: z.boolean().describe('Whether this call granted.'),
      })
      .meta({ id: 'ApplePurchase' }),
  },
  errors: [
    'request.malformed',
    'request.invalid',
    'request.too_large',
    'auth.missing',
    'auth.forbidden',
    'auth.scope_missing',
    'resource.conflict',
    'resource.gone',
    'subscription.exists',
    'billing.unconfigured',
    'credits.account_closed',
    'service.unavailable',
  ],
});
