import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, insteadOf, shown } from '../fields.ts';
import { role } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** Longest text that is read as the token of an invite, in characters. */
const INVITE_TOKEN_CHARS_MAX = 128;
/** Looks at invites, per client address and minute. */
const PREVIEWS_PER_MINUTE = 20;

/** The token of an invite’s link. */
export const inviteToken = z
  .string()
  .min(1)
  .max(INVITE_TOKEN_CHARS_MAX)
  .describe(`The token of the invite’s link, at most ${INVITE_TOKEN_CHARS_MAX} characters.`);

/** Which invite: by the token of its link, or by the id of one that the caller’s own list has. */
const namedInvite = z
  .object({ token: inviteToken.optional(), invite_id: field.id.optional().meta(insteadOf('token')) })
  .refine(({ token, invite_id: id }) => (token === undefined) !== (id === undefined), {
    message: 'Send either `token` or `invite_id`',
    path: ['token'],
  });

const inviting = z.object({ name: shown.name, slug: z.string() });

export const previewInvite = defineEndpoint({
  id: 'platform.previewInvite',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/global/invites/preview',
  access: 'public',
  rateLimit: { per: 'address', perMinute: PREVIEWS_PER_MINUTE },
  summary: 'What an invite is about',
  description: 'For the page that its link opens. Looking uses nothing up.',
  query: z.object({ token: inviteToken }),
  responses: {
    200: z
      .object({
        tenant: inviting,
        role,
        invited_email: shown.email,
        expires_at: field.timestamp,
        inviter_name: shown.name.nullable(),
        account_exists: z.boolean().describe('Whether the invited address has an account to sign in to.'),
      })
      .meta({ id: 'InvitePreview' }),
  },
  errors: ['request.invalid', 'invite.invalid', 'rate_limit.exceeded', 'service.unavailable'],
});

export const listOwnInvites = defineEndpoint({
  id: 'platform.listOwnInvites',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/global/invites',
  access: 'user',
  acceptsScoped: true,
  summary: 'Invites that the caller can accept',
  description: 'Pending ones of the caller’s verified addresses, newest first.',
  query: z.object(platformPage),
  responses: {
    200: platformPageOf(
      z
        .object({
          id: field.id,
          tenant: inviting,
          role,
          invited_email: shown.email,
          inviter_name: shown.name.nullable(),
          expires_at: field.timestamp,
          created_at: field.timestamp,
        })
        .meta({ id: 'OwnInvite' }),
    ),
  },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const acceptInvite = defineEndpoint({
  id: 'platform.acceptInvite',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/invites/accept',
  access: 'user',
  summary: 'Accept an invite',
  description:
    'Only for an account that has proven the invited address; a mailed token proves the same address of the account. A member of a lower role is raised, ' +
    'one of a higher role keeps it. The same person is answered the same again.',
  body: namedInvite,
  responses: {
    200: z.object({ tenant_id: field.id, slug: z.string(), role }).meta({ id: 'AcceptedInvite' }),
  },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.session_revoked',
    'invite.invalid',
    'invite.email_mismatch',
    'tenant.suspended',
    'tenant.limit_reached',
    'service.unavailable',
  ],
});

export const declineInvite = defineEndpoint({
  id: 'platform.declineInvite',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/invites/decline',
  access: 'user',
  summary: 'Decline an invite',
  body: namedInvite,
  responses: { 204: null },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.session_revoked',
    'invite.invalid',
    'invite.email_mismatch',
    'service.unavailable',
  ],
});
