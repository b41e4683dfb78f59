import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { tenantRefusals } from './refusals.ts';
import { LEAST_ROLE, role } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** Longest text that members are searched by, in characters. */
const SEARCH_CHARS_MAX = 100;

const memberStatus = z.enum(['active', 'disabled']);

/** A member of an organisation. */
export const tenantMember = z
  .object({
    id: field.id.describe('Of the membership; who comes back after a removal has another.'),
    user_id: field.id,
    email: shown.email.nullable().describe('Masked for viewers: `a…@example.com`.'),
    first_name: shown.name.nullable(),
    last_name: shown.name.nullable(),
    role,
    status: memberStatus,
    joined_at: field.timestamp,
    last_active_at: field.timestamp.nullable().describe('Last sign-in; null for who is no admin.'),
  })
  .meta({ id: 'TenantMember' });

export const listMembers = defineEndpoint({
  id: 'platform.listMembers',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/service/members',
  access: 'tenant',
  minRole: LEAST_ROLE['members.read'],
  summary: 'Members of the selected organisation',
  description: 'Last joined first. `q` finds by a part of a name, and for whoever sees addresses by a part of one.',
  query: z.object({
    ...platformPage,
    q: z.string().trim().min(1).max(SEARCH_CHARS_MAX).optional(),
    role: role.optional(),
  }),
  responses: { 200: platformPageOf(tenantMember) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});

const memberParams = z.object({ user_id: field.id });

export const updateMember = defineEndpoint({
  id: 'platform.updateMember',
  owner: 'auth',
  family: 'platform',
  method: 'PATCH',
  path: '/platform/api/service/members/:user_id',
  access: 'tenant',
  minRole: LEAST_ROLE['organisation.leave'],
  summary: 'Change the role of a member, disable or enable them',
  description:
    'By an admin or owner, of a person whose role is not above the own one, to a role that is not; anybody may lower the own role. It acts at every ' +
    'edge within a second. Disabling revokes the keys that the member answers for and the invitations that they sent. One active owner stays (409).',
  params: memberParams,
  body: z
    .object({ role: role.optional(), status: memberStatus.optional() })
    .refine((body) => body.role !== undefined || body.status !== undefined, {
      message: 'Send `role` or `status`',
      path: ['role'],
    }),
  responses: { 200: tenantMember },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'tenant.last_owner', 'service.unavailable'],
});

export const removeMember = defineEndpoint({
  id: 'platform.removeMember',
  owner: 'auth',
  family: 'platform',
  method: 'DELETE',
  path: '/platform/api/service/members/:user_id',
  access: 'tenant',
  minRole: LEAST_ROLE['organisation.leave'],
  summary: 'Remove a member, or leave',
  description:
    'Everybody may leave; of others an admin or owner may remove whose role is not above the own one. The keys of the organisation that the ' +
    'member answers for are revoked, or with `keys=keep` handed to whoever removes them (who leaves hands them to nobody). The invitations that they sent end. One active owner stays (409).',
  params: memberParams,
  query: z.object({ keys: z.enum(['revoke', 'keep']).default('revoke') }),
  responses: {
    200: z
      .object({
        user_id: field.id,
        removed: z.literal(true),
        keys_revoked: z.number().int().nonnegative(),
        keys_kept: z.number().int().nonnegative(),
        invites_revoked: z.number().int().nonnegative(),
      })
      .meta({ id: 'RemovedMember' }),
  },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'tenant.last_owner', 'service.unavailable'],
});

export const handOverOwnership = defineEndpoint({
  id: 'platform.handOverOwnership',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/service/owner',
  access: 'tenant',
  minRole: LEAST_ROLE['ownership.grant'],
  summary: 'Make another active member an owner',
  description:
    'The caller becomes an admin, or stays an owner with `keep_role: "owner"`. Needs a session of the last 10 minutes.',
  body: z.object({ user_id: field.id, keep_role: z.enum(['owner', 'admin']).default('admin') }),
  responses: { 200: tenantMember },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'auth.reauthentication_required',
    'resource.not_found',
    'service.unavailable',
  ],
});
