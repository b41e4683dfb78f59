import { z } from 'zod';
import { signInEmail } from '../account/verification.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { ErrorCode } from '../errors.ts';
import { field, shown } from '../fields.ts';
import { role } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** What has become of an invite; one is `expired` from its `expires_at` on. */
const inviteStatus = z
  .enum(['pending', 'accepted', 'declined', 'revoked', 'expired'])
  .meta({ id: 'InviteStatus', description: 'What has become of an invite.' });
export type InviteStatus = z.output<typeof inviteStatus>;

/** An invite as the organisation sees it. */
const invite = z
  .object({
    id: field.id,
    email: shown.email,
    role,
    status: inviteStatus,
    invited_by: field.id.describe('Who sent it last.'),
    expires_at: field.timestamp,
    created_at: field.timestamp,
    accepted_at: field.timestamp.nullable(),
  })
  .meta({ id: 'Invite' });

/** The answer to whoever sent one. */
const sentInvite = invite
  .extend({
    accept_url: z
      .string()
      .optional()
      .describe(
        'Where the invite is accepted, only where no mail server is configured: hand it over yourself. Begins with `PLATFORM_APP_URL`, if that is set.',
      ),
  })
  .meta({ id: 'SentInvite' });

const params = z.object({ id: field.id });

const tenantErrors = [
  'request.invalid',
  'auth.missing',
  'auth.scope_missing',
  'tenant.not_selected',
  'tenant.suspended',
  'tenant.membership_ended',
  'tenant.role_insufficient',
  'service.unavailable',
] as const satisfies readonly ErrorCode[];

export const createInvite = defineEndpoint({
  id: 'platform.createInvite',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/service/invites',
  access: 'tenant',
  minRole: 'admin',
  idempotent: true,
  summary: 'Invite an address',
  description:
    'Mails a link that is good for `invites.expire_after_days` (7). Nobody invites to a role above the own one. An address with a pending invite is invited ' +
    'again (200): the invite gets the new role, link and expiry, and the old link is dead, so a repeated request makes no second one; under an `Idempotency-Key` it sends no second mail either. At most 50 ' +
    'are pending, 20 are sent by one person in an hour and 100 by an organisation in a day.',
  body: z.object({ email: signInEmail, role: role.default('member') }),
  responses: { 200: sentInvite, 201: sentInvite },
  errors: [
    ...tenantErrors,
    'tenant.limit_reached',
    'rate_limit.exceeded',
    'idempotency.conflict',
    'idempotency.in_progress',
  ],
});

export const listInvites = defineEndpoint({
  id: 'platform.listInvites',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/service/invites',
  access: 'tenant',
  minRole: 'admin',
  summary: 'The organisation’s invites',
  description: 'Newest first.',
  query: z.object({ ...platformPage, status: inviteStatus.optional() }),
  responses: { 200: platformPageOf(invite) },
  errors: tenantErrors,
});

export const resendInvite = defineEndpoint({
  id: 'platform.resendInvite',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/service/invites/:id/resend',
  access: 'tenant',
  minRole: 'admin',
  summary: 'Send an invite again',
  description: 'With a new link and expiry; the old link is dead. Once a minute and five times a day for one invite.',
  params,
  responses: { 200: sentInvite },
  errors: [...tenantErrors, 'resource.not_found', 'resource.conflict', 'tenant.limit_reached', 'rate_limit.exceeded'],
});

export const deleteInvite = defineEndpoint({
  id: 'platform.deleteInvite',
  owner: 'auth',
  family: 'platform',
  method: 'DELETE',
  path: '/platform/api/service/invites/:id',
  access: 'tenant',
  minRole: 'admin',
  summary: 'Revoke an invite',
  description: 'Its link is dead. One that was accepted is refused (409), and the member stays.',
  params,
  responses: { 204: null },
  errors: [...tenantErrors, 'resource.not_found', 'resource.conflict'],
});
