import { z } from 'zod';
import { keyConstraint } from '../account/key-constraints.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';

/** Most keys that are asked for at once. */
const KEYS_MAX = 100;

/** What calls with keys have cost, for whoever shows the keys. */
export const keysSpent = defineEndpoint({
  id: 'llm.keysSpent',
  owner: 'llm',
  family: 'internal',
  method: 'POST',
  path: '/internal/llm/keys/spent',
  access: 'service',
  summary: 'What calls with keys have cost in the current periods of their limits',
  description: 'Counted from when a key first had a spend limit; calls under way are not counted yet.',
  body: z.object({
    keys: z.array(z.object({ id: field.id, period: keyConstraint.spendLimit.shape.period })).max(KEYS_MAX),
  }),
  responses: {
    200: z.object({
      spent: z
        .array(z.object({ id: field.id, credits: z.number().nonnegative() }))
        .describe('In the order that was asked for, in credits with at most six decimals.'),
    }),
  },
  errors: ['request.invalid', 'service.unavailable'],
});
