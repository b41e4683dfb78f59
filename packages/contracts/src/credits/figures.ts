import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

const count = z.int().nonnegative();
const micro = z.string().describe('Micro-credits as digits.');

export const creditsFigures = defineEndpoint({
  id: 'credits.figures',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/figures',
  access: 'service',
  summary: 'Running subscriptions, and what was granted and spent in 30 days',
  description: 'Up to a minute old. Of the last 30 days (UTC), the present one included.',
  responses: {
    200: z.object({
      subscriptions: z.object({ by_plan: z.record(z.string(), count), past_due: count }),
      granted_micro: micro,
      spent_micro: micro,
    }),
  },
  errors: ['service.unavailable'],
});
