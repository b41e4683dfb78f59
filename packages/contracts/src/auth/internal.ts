import { z } from 'zod';
import { keyConstraints } from '../account/key-constraints.ts';
import { defineEndpoint } from '../endpoint.ts';
import { revocationKind } from '../events.ts';
import { field } from '../fields.ts';
import { environment, operatorRole, role } from '../platform/roles.ts';
import { SLUG_CHARS_MAX } from '../platform/slugs.ts';
import { erasureEndpoint, exportEndpoint } from '../users/personal-data.ts';

/** Why a credential is not active, sent beside the answer in `X-Inactive-Reason` so that the body says no more than RFC 7662 allows. */
export const inactiveReason = z.enum([
  'jwt_invalid',
  'jwt_expired',
  'session_revoked',
  'key_invalid',
  'key_revoked',
  'key_suspended',
  'key_expired',
  'tenant_suspended',
  'membership_ended',
  'tenant_ambiguous',
]);
export type InactiveReason = z.output<typeof inactiveReason>;

/** Whose a credential was that is no longer good, sent in `X-Inactive-Subject` as a query string: for the record of the request, and no access. */
export const inactiveSubject = z.object({
  user: field.id,
  organisation: field.id.optional(),
  key: field.id.optional(),
  session: field.id.optional(),
});
export type InactiveSubject = z.output<typeof inactiveSubject>;

/** Scope of a session: everything its user may do. API keys carry named scopes only. */
export const SCOPE_ALL = '*';

/** What has become of an organisation. An archived one is nobody's. */
export const organisationStatus = z
  .enum(['active', 'suspended', 'archived'])
  .meta({ id: 'OrganisationStatus', description: 'What has become of an organisation.' });
export type OrganisationStatus = z.output<typeof organisationStatus>;

/** The organisation that a credential acts within, as it is now, whatever the token says. */
export const actingOrganisation = z
  .object({
    id: field.id,
    role: role.optional().describe('Of the member; absent for an API key, which has scopes.'),
    env: environment,
    membership_id: field.id.optional().describe('Of the member; absent for an API key.'),
    status: z.literal('active'),
  })
  .meta({ id: 'ActingOrganisation' });

/** A live credential and whom it stands for. */
export const activePrincipal = z.object({
  active: z.literal(true),
  principal: z.literal('user'),
  token_type: z.enum(['access_token', 'api_key']),
  sub: field.id.describe('The user.'),
  sid: field.id.optional().describe('The session of an access token.'),
  shared: z.literal(true).optional().describe('The session is of the demo account, which everybody shares.'),
  key_id: field.id.optional().describe('The API key.'),
  project_id: field.id.optional().describe('The project an API key belongs to.'),
  organisation: actingOrganisation
    .optional()
    .describe("Whose limits and credits the calls use, and nobody else's; absent for personal use."),
  platform_admin: operatorRole.optional().describe('The user is an operator.'),
  auth_time: z.int().optional().describe('When the session was opened, epoch seconds.'),
  tier: field.tier.describe("The organisation's, where there is one; the user's otherwise."),
  limit_subject: field.id
    .optional()
    .describe(
      'Whose rate limits the calls count against, where it is not `sub`: one for all accounts that a person has or had, so that a new account ' +
        'brings no fresh limits.',
    ),
  scopes: z.array(z.string()).describe(`\`${SCOPE_ALL}\` on a session: whatever its user may do.`),
  rate_limit_per_minute: z.number().int().positive().optional().describe("An API key's own limit."),
  constraints: keyConstraints.optional().describe('What an API key may be used for, where it has bounds.'),
  iat: z.number().int().optional().describe('Epoch seconds.'),
  exp: z.number().int().optional().describe('Epoch seconds; absent where the credential does not expire.'),
});
export type ActivePrincipal = z.output<typeof activePrincipal>;

export const introspect = defineEndpoint({
  id: 'auth.introspect',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/introspect',
  access: 'service',
  hot: true,
  summary: 'Whether a token or API key is active, and whose it is',
  description:
    'RFC 7662 style. An inactive credential of any sort is answered `{"active":false}` and nothing else; the response header ' +
    '`X-Inactive-Reason` tells the edge which 401 or 403 to give, and `X-Inactive-Subject` whose the credential was, where it was ever good.',
  body: z.object({
    token: field.credential,
    tenant_slug: z
      .string()
      .max(SLUG_CHARS_MAX)
      .optional()
      .describe(
        'Outside production: the organisation that a token of none is to act within, and that a token of one must be of. Not read in production.',
      ),
  }),
  responses: { 200: z.discriminatedUnion('active', [activePrincipal, z.strictObject({ active: z.literal(false) })]) },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});

/**
 * One thing that lost access, or an account that changed. Applying it twice is harmless. The kind is a string on the wire: whoever does not
 * know one must forget everything that it remembers of callers, and ask again.
 */
export const revocation = z.object({
  kind: z
    .string()
    .min(1)
    .describe(`One of ${revocationKind.options.join(', ')}; later releases may add kinds.`),
  id: z.string().min(1).describe('The session, key, user, organisation or membership.'),
  at: field.timestamp.describe("When, on auth's database clock."),
});
export type RevocationNotice = z.output<typeof revocation>;

/** Most revocations in one answer. */
export const REVOCATIONS_PER_PAGE_MAX = 1_000;

export const listRevocations = defineEndpoint({
  id: 'auth.listRevocations',
  owner: 'auth',
  family: 'internal',
  method: 'GET',
  path: '/internal/auth/revocations',
  access: 'service',
  summary: 'What has lost access since a moment',
  description:
    'For edges while the stream is down. The server reads a little further back than asked, so that what was committed late is not missed. ' +
    'While `cursor` is not null, ask again at once with the same `since` and that cursor; then keep `until` as the next `since`.',
  query: z.object({
    since: field.givenTimestamp,
    cursor: z
      .string()
      .regex(/^\d{1,18}$/)
      .optional()
      .describe('From the answer before, where it was not the last.'),
  }),
  responses: { 200: z.object({ items: z.array(revocation), until: field.timestamp, cursor: z.string().nullable() }) },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});

export const disableAccount = defineEndpoint({
  id: 'auth.disableAccount',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/accounts/disable',
  access: 'service',
  summary: 'End the sessions of a user and suspend the keys',
  description:
    'Before users records that somebody is disabled. Refused for the only active owner of an organisation with other members. Repeating it changes nothing.',
  body: z.object({ user_id: field.id }),
  responses: { 204: null },
  errors: [
    'request.invalid',
    'auth.service_key_invalid',
    'auth.service_key_unconfigured',
    'tenant.last_owner',
    'service.unavailable',
  ],
});

export const readOrganisation = defineEndpoint({
  id: 'auth.readOrganisation',
  owner: 'auth',
  family: 'internal',
  method: 'GET',
  path: '/internal/auth/organisations/:id',
  access: 'service',
  summary: 'Whether there is such an organisation, whether it is active, and whose it is',
  params: z.object({ id: field.id }),
  responses: {
    200: z.object({
      id: field.id,
      status: organisationStatus,
      owner_id: field.id.nullable().describe('The active owner who joined first.'),
    }),
  },
  errors: [
    'request.invalid',
    'auth.service_key_invalid',
    'auth.service_key_unconfigured',
    'resource.not_found',
    'service.unavailable',
  ],
});

export const eraseAuthData = erasureEndpoint('auth');
export const exportAuthData = exportEndpoint('auth');
