import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { externalKey, userParams, userView } from './user.ts';

/** Auth calls it for an identity it has not seen. N concurrent calls with one key make one user; one of them reads `created: true`. */
export const findOrCreateUser = defineEndpoint({
  id: 'users.findOrCreate',
  owner: 'users',
  family: 'internal',
  method: 'POST',
  path: '/internal/users/find-or-create',
  access: 'service',
  summary: 'Find or create the user of an identity',
  description:
    'The key decides alone; an e-mail address never matches. A user that exists is returned unchanged, whatever else the request says. ' +
    'Creation grants the sign-up credits, unless the person had an account before.',
  body: z.object({
    external_key: externalKey.describe('`<provider>:<subject>`.'),
    lineage_id: field.id
      .optional()
      .describe('The accounts that the person has or had: the first of them alone is granted the sign-up credits.'),
    proposed_id: field.id.optional().describe('The id of a user that has to be made; a new one unless told.'),
    email: field.email.nullish(),
    email_verified: z.boolean().default(false),
    display_name: field.name.nullish(),
    tier: field.tier.optional().describe('Tier of a new user; `free` unless told.'),
  }),
  responses: { 200: z.object({ user: userView, created: z.boolean() }) },
  errors: ['request.invalid', 'service.unavailable'],
});

export const getUser = defineEndpoint({
  id: 'users.get',
  owner: 'users',
  family: 'internal',
  method: 'GET',
  path: '/internal/users/:id',
  access: 'service',
  summary: 'Read a user',
  description: 'Disabled users are returned with their status; deleted ones are 410.',
  params: userParams,
  responses: { 200: userView },
  errors: ['resource.not_found', 'resource.gone', 'request.invalid'],
});

export const updateUser = defineEndpoint({
  id: 'users.update',
  owner: 'users',
  family: 'internal',
  method: 'PATCH',
  path: '/internal/users/:id',
  access: 'service',
  summary: 'Change a user',
  description:
    'Members left out stay as they are. A new tier sends `user.updated`. A new address without `email_verified` is unverified.',
  params: userParams,
  body: z.object({
    display_name: field.name.nullable().optional(),
    email: field.email.nullable().optional(),
    email_verified: z.boolean().optional(),
    tier: field.tier.optional(),
  }),
  responses: { 200: userView },
  errors: ['resource.not_found', 'resource.gone', 'request.invalid'],
});

export const lookupUser = defineEndpoint({
  id: 'users.lookup',
  owner: 'users',
  family: 'internal',
  method: 'GET',
  path: '/internal/users/lookup',
  access: 'service',
  summary: 'Find an active user by our id or by an external id',
  description: 'Our own id is tried first. 404 for a user that is unknown, disabled or deleted.',
  query: z.object({ ref: externalKey.describe('A user id, or an external id as given to `/api/v1/users/resolve`.') }),
  responses: { 200: userView },
  errors: ['resource.not_found', 'request.invalid'],
});

export const setUserStatus = defineEndpoint({
  id: 'users.setStatus',
  owner: 'users',
  family: 'internal',
  method: 'PUT',
  path: '/internal/users/:id/status',
  access: 'service',
  summary: 'Disable a user, or bring one back',
  description:
    'Disabling sends `user.disabled`, on which auth ends the sessions and suspends the API keys, until the user is active again. Setting the ' +
    'status it already has changes nothing.',
  params: userParams,
  body: z.object({ status: z.enum(['active', 'disabled']) }),
  responses: { 200: userView },
  errors: ['resource.not_found', 'resource.gone', 'request.invalid'],
});
