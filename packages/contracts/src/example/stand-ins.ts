import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { getMoment, listMoments, momentStats } from './moments.ts';

/** The example also stands in for Clockchain and Billing, so that every default route of the gateway answers on one machine. */

export const clockchainStats = defineEndpoint({
  ...momentStats,
  id: 'example.clockchainStats',
  path: '/api/v1/clockchain/stats',
});

export const clockchainMoments = defineEndpoint({
  ...listMoments,
  id: 'example.clockchainMoments',
  path: '/api/v1/clockchain/moments',
});

export const clockchainMoment = defineEndpoint({
  ...getMoment,
  id: 'example.clockchainMoment',
  path: '/api/v1/clockchain/moments/*path',
});

const common = { owner: 'example', family: 'downstream', access: 'service' } as const;

export const billingPlans = defineEndpoint({
  ...common,
  id: 'example.billingPlans',
  method: 'GET',
  path: '/api/v1/billing/plans',
  summary: 'Plans for sale',
  responses: {
    200: z.object({
      items: z.array(z.object({ id: z.string(), name: z.string(), tier: field.tier, price_cents: z.number().int() })),
    }),
  },
  errors: [],
});

export const billingStatus = defineEndpoint({
  ...common,
  id: 'example.billingStatus',
  method: 'GET',
  path: '/api/v1/billing/status',
  summary: "The caller's plan, as the gateway names it",
  responses: { 200: z.object({ user_id: z.string(), tier: z.string(), status: z.literal('active') }) },
  errors: ['auth.missing'],
});

/** The users service calls it, signed like a request of the gateway, when a person's data must go. Repeating it is safe. */
export const eraseBackendUser = defineEndpoint({
  ...common,
  id: 'example.eraseUser',
  method: 'POST',
  path: '/webhooks/erasure',
  summary: "Erase a user's data",
  body: z.object({ type: z.literal('user.erasure'), user_id: field.id, receipt_id: field.id }),
  responses: { 200: z.object({ erased: z.record(z.string(), z.number().int().nonnegative()) }) },
  errors: ['request.invalid'],
});

/** The users service asks it for what belongs into a user's export beside the scenes. */
export const exportMyMoments = defineEndpoint({
  ...listMoments,
  id: 'example.exportMyMoments',
  path: '/api/v1/users/me/moments',
  summary: "The caller's moments, newest first",
});
