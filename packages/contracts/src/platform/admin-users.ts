import { z } from 'zod';
import { keyPrefix } from '../auth/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { requestIdFilter } from '../usage/fields.ts';
import { userStatus } from '../users/user.ts';
import { adminPage, adminPageOf, operatorRefusals } from './operators.ts';

/** A user as operators list them. */
const adminUser = z
  .object({
    id: field.id,
    email: shown.email.nullable(),
    first_name: shown.name.nullable(),
    last_name: shown.name.nullable(),
    status: userStatus,
    tier: field.tier,
    balance: z
      .number()
      .nullable()
      .describe('Credits of their own that can be spent, exact to a micro-credit; null where credits did not answer.'),
    email_verified: z.boolean().describe('Somebody proved to own the address.'),
    is_platform_admin: z.boolean().describe('An operator with the role `admin`.'),
    tenants: z.number().int().nonnegative().describe('Organisations that the user is an active member of.'),
    created_at: field.timestamp,
    last_login_at: field.timestamp.nullable(),
  })
  .meta({ id: 'AdminUser' });

export const adminListUsers = defineEndpoint({
  id: 'platform.adminListUsers',
  owner: 'users',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/admin/users',
  access: 'platform_admin',
  summary: 'Users, for operators',
  description:
    'Newest first. `q` is an id or a whole e-mail address, of the profile or one that somebody proved to own; there is no search by a part of an address. ' +
    'What is asked for besides narrows it further.',
  query: z.object({
    ...adminPage,
    q: field.id.or(field.email).optional(),
    status: userStatus.optional(),
    tier: field.tier.optional(),
    external_id: z.string().min(1).max(255).optional().describe('The id that a service of yours knows the user by.'),
    key_prefix: keyPrefix.optional().describe('Who made a key with this prefix, such as `sk_live_4f0c1a`.'),
    request_id: requestIdFilter.optional().describe('Who made a request with this id.'),
  }),
  responses: { 200: adminPageOf(adminUser) },
  errors: ['request.invalid', ...operatorRefusals, 'service.unavailable'],
});
