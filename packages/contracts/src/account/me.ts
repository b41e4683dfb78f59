import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { envelope, field, shown } from '../fields.ts';

/** Parts of the answer that other services hold; one that could not be had is named and its members are null. */
const missingPart = z.enum(['profile', 'billing']);

export const getAccountUser = defineEndpoint({
  id: 'account.getUser',
  owner: 'auth',
  family: 'account',
  method: 'GET',
  path: '/auth/users/me',
  access: 'user',
  scope: 'account:read',
  summary: 'The signed-in user with projects and billing',
  description:
    'Put together from several services. Where one of them is slow or down the rest is answered: its members are null and `missing` names ' +
    'it (`profile`: e-mail, name, verification and times; `billing`). A null without a name there is a true null.',
  responses: {
    200: envelope(
      z.object({
        id: field.id,
        email: shown.email.nullable(),
        full_name: shown.name.nullable(),
        is_active: z.boolean(),
        is_superuser: z.boolean().describe('An operator with the role `admin`; false for an API key.'),
        is_verified: z.boolean().nullable(),
        projects: z.array(z.object({ id: field.id, name: z.string() })),
        created_at: field.timestamp.nullable(),
        updated_at: field.timestamp.nullable(),
        billing: z
          .object({
            token_balance: z.number().int().describe('Credits that can be spent.'),
            tokens_used: z.number().int().describe('Credits spent since sign-up.'),
            subscription_tier: field.tier,
          })
          .nullable(),
        missing: z.array(missingPart),
      }),
    ),
  },
  errors: ['auth.missing', 'auth.scope_missing', 'service.unavailable'],
});
