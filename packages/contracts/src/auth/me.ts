import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { detailResponse, field, shown } from '../fields.ts';
import { wayToSignIn } from './provider-fields.ts';

/** The signed-in user as they see themselves. */
const meView = z
  .object({
    id: field.id,
    email: shown.email.nullable(),
    email_verified: z.boolean().describe('Somebody proved to own the address; false without one.'),
    display_name: shown.name.nullable(),
    tier: field.tier,
    created_at: field.timestamp,
    last_login_at: field.timestamp.nullable(),
    identities: z.array(wayToSignIn),
  })
  .meta({ id: 'Me' });

export const getMe = defineEndpoint({
  id: 'auth.getMe',
  owner: 'auth',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/auth/me',
  access: 'user',
  scope: 'account:read',
  summary: 'The signed-in user',
  responses: { 200: meView },
  errors: ['auth.missing', 'auth.scope_missing', 'resource.gone', 'service.unavailable'],
});

export const updateMe = defineEndpoint({
  id: 'auth.updateMe',
  owner: 'auth',
  family: 'gateway',
  method: 'PATCH',
  path: '/api/v1/auth/me',
  access: 'user',
  summary: 'Change the own display name',
  description:
    'It takes the place of the first and last name of a sign-up: where those are shown, the first name is the new name and there is no last one.',
  body: z.object({ display_name: field.name }),
  responses: { 200: meView },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'resource.gone', 'service.unavailable'],
});

export const deleteMe = defineEndpoint({
  id: 'auth.deleteMe',
  owner: 'auth',
  family: 'gateway',
  method: 'DELETE',
  path: '/api/v1/auth/me',
  access: 'user',
  endsAccess: true,
  summary: 'Delete the own account and all data',
  description:
    'All access ends before the answer. Every service then erases what it holds, and a receipt records it. Organisations that nobody else belongs to are ' +
    'archived with the account; the only owner of one with other members is refused (409).',
  responses: { 200: detailResponse },
  errors: ['auth.missing', 'auth.scope_missing', 'tenant.last_owner', 'service.unavailable'],
});
