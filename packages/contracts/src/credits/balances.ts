import { z } from 'zod';
import { PEOPLE_MAX } from '../auth/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';

export const listBalances = defineEndpoint({
  id: 'credits.listBalances',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/balances',
  access: 'service',
  summary: 'What users have to spend, for lists',
  description: 'Who has no account is left out.',
  body: z.object({ user_ids: z.array(field.id).max(PEOPLE_MAX).describe(`At most ${PEOPLE_MAX} users.`) }),
  responses: {
    200: z.object({
      items: z.array(z.object({ user_id: field.id, available_micro: z.string().describe('Micro-credits as digits.') })),
    }),
  },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
