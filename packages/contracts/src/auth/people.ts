import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, insteadOf, shown } from '../fields.ts';

/** Most people in one question. */
export const PEOPLE_MAX = 100;

/** What a key shows of itself, such as `sk_live_4f0c1a`. */
export const keyPrefix = z.string().min(1).max(32);

const internalErrors = [
  'request.invalid',
  'auth.service_key_invalid',
  'auth.service_key_unconfigured',
  'service.unavailable',
] as const;

/** What auth alone knows of users, for the users service's lists; who never signed in is left out. */
export const describePeople = defineEndpoint({
  id: 'auth.describePeople',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/people',
  access: 'service',
  summary: 'What auth knows of users, for lists',
  body: z.object({ ids: z.array(field.id).max(PEOPLE_MAX).describe(`At most ${PEOPLE_MAX} users.`) }),
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          id: field.id,
          email: shown.email
            .nullish()
            .describe('The address that the person is shown by: a proven one where there is one.'),
          email_verified: z.boolean().optional(),
          first_name: shown.name.nullable(),
          last_name: shown.name.nullable(),
          is_platform_admin: z.boolean(),
          tenants: z.number().int().nonnegative(),
          last_login_at: field.timestamp.nullable(),
        }),
      ),
    }),
  },
  errors: internalErrors,
});

export const findPeople = defineEndpoint({
  id: 'auth.findPeople',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/people/search',
  access: 'service',
  summary: 'Who has an address, or made a key',
  description: `By \`email\`: users with a proven identity of the address, or one that signs in with it. By \`key_prefix\`: who made a key with it. At most ${PEOPLE_MAX}.`,
  body: z
    .object({ email: field.email.optional(), key_prefix: keyPrefix.optional().meta(insteadOf('email')) })
    .refine(({ email, key_prefix: prefix }) => (email === undefined) !== (prefix === undefined), {
      message: 'Give either email or key_prefix',
      path: ['email'],
    }),
  responses: { 200: z.object({ ids: z.array(field.id) }) },
  errors: internalErrors,
});
