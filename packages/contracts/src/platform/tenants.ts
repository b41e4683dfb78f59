import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { lineOfText } from '../line-of-text.ts';
import { queryNumber } from '../query-number.ts';
import { environment, role } from './roles.ts';
import { chosenSlug } from './slugs.ts';

/** Longest name of an organisation, in characters. */
const TENANT_NAME_CHARS_MAX = 100;
/** Questions whether a slug is free, per client address and minute. */
const AVAILABILITY_PER_MINUTE = 20;

/** The name of an organisation. */
export const tenantName = lineOfText(TENANT_NAME_CHARS_MAX);

/** Pages of the Platform API: `{items, total, limit, offset}`. */
export const platformPage = {
  limit: queryNumber(1, 100).default(50).describe('Rows per page, 1–100, default 50.'),
  offset: queryNumber(0, 100_000).default(0).describe('Rows to skip, 0–100,000.'),
} as const;

/** A page of items as it is answered. */
export function platformPageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number().int().nonnegative(),
    limit: z.number().int().positive(),
    offset: z.number().int().nonnegative(),
  });
}

export const checkAvailability = defineEndpoint({
  id: 'platform.checkAvailability',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/global/tenants/check-availability',
  access: 'public',
  rateLimit: { per: 'address', perMinute: AVAILABILITY_PER_MINUTE },
  summary: 'Whether a slug is free',
  description:
    'Ask with `slug`, or with a `name` to have one proposed from it. A free slug may be taken by somebody else until it is yours.',
  query: z
    .object({
      slug: z.string().trim().toLowerCase().min(1).max(100).optional(),
      name: tenantName.optional(),
    })
    .refine(({ slug, name }) => slug !== undefined || name !== undefined, {
      message: 'Send `slug` or `name`',
      path: ['slug'],
    }),
  responses: {
    200: z
      .object({
        slug: z
          .string()
          .nullable()
          .describe('The one that was asked for, or the proposal; null where a name proposes none.'),
        available: z.boolean(),
        reason: z.enum(['taken', 'reserved', 'invalid']).nullable(),
        suggestion: z.string().nullable().describe('A free one like it, where it is taken or reserved.'),
      })
      .meta({ id: 'SlugAvailability' }),
  },
  errors: ['request.invalid', 'rate_limit.exceeded', 'service.unavailable'],
});

export const createTenant = defineEndpoint({
  id: 'platform.createTenant',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/tenants',
  access: 'user',
  idempotent: true,
  summary: 'Make an organisation and become its owner',
  description:
    'Without a `slug` one is made from the name. A new organisation has a default project in each environment, no plan and no credits. One person owns ' +
    'at most `ORGANISATIONS_OWNED_MAX` (10) and belongs to at most 100.',
  body: z.object({ name: tenantName, slug: chosenSlug.optional(), billing_email: field.email.optional() }),
  responses: {
    201: z
      .object({
        id: field.id,
        tenant_id: field.id.describe('The same as `id`.'),
        slug: z.string(),
        name: shown.name,
        status: z.literal('active'),
        role: z.literal('owner'),
        billing_email: shown.email.nullable(),
        created_at: field.timestamp,
      })
      .meta({ id: 'NewTenant' }),
  },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.session_revoked',
    'auth.forbidden',
    'tenant.slug_taken',
    'tenant.limit_reached',
    'idempotency.conflict',
    'idempotency.in_progress',
    'service.unavailable',
  ],
});

/** An organisation as its member lists it. */
export const ownTenant = z
  .object({
    id: field.id,
    tenant_id: field.id.describe('The same as `id`.'),
    slug: z.string(),
    name: shown.name,
    role,
    status: z.enum(['active', 'suspended']),
    joined_at: field.timestamp,
  })
  .meta({ id: 'ListedTenant' });

export const listTenants = defineEndpoint({
  id: 'platform.listTenants',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/global/tenants',
  access: 'user',
  acceptsScoped: true,
  summary: 'The organisations that the caller belongs to',
  description: 'Last joined first. Archived ones, and those where the membership is disabled, are left out.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(ownTenant) },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const archiveTenant = defineEndpoint({
  id: 'platform.archiveTenant',
  owner: 'auth',
  family: 'platform',
  method: 'DELETE',
  path: '/platform/api/global/tenants/:id',
  access: 'user',
  summary: 'Archive an own organisation',
  description:
    'By an owner, with the slug typed again, in a session of the last 10 minutes. Tokens and keys of it stop within a second, its credit account closes, ' +
    'its subscription ends, its slug stays taken for 90 days. Refused (409) while an invoice of it is unpaid. An operator can restore it for 30 days, with its members, keys and credits.',
  params: z.object({ id: field.id }),
  body: z.object({
    slug: z.string().trim().toLowerCase().min(1).max(100).describe('The present slug, as a confirmation.'),
  }),
  responses: {
    200: z
      .object({ id: field.id, status: z.literal('archived'), restorable_until: field.timestamp })
      .meta({ id: 'ArchivedTenant' }),
  },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.reauthentication_required',
    'resource.not_found',
    'tenant.role_insufficient',
    'tenant.suspended',
    'subscription.exists',
    'service.unavailable',
  ],
});

/** An access token of one organisation, and which it is. */
export const scopedToken = z
  .object({
    access_token: z.string(),
    scoped_access_token: z.string().describe('The same text as `access_token`.'),
    token_type: z.literal('bearer'),
    expires_in: z.number().int().positive().describe('Life of the access token, in seconds.'),
    tenant_id: field.id,
    tenant: z.object({ id: field.id, slug: z.string(), name: shown.name, status: z.literal('active') }),
    role,
    env: environment,
  })
  .meta({ id: 'ScopedToken' });

export const selectTenant = defineEndpoint({
  id: 'platform.selectTenant',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/select-tenant',
  access: 'user',
  openToShared: true,
  summary: 'A token for one of the own organisations',
  description:
    'Name it by `tenant_id` or `tenant_slug`, and the environment by `env` (`prod` unless said). The scope is the token’s, not the session’s: two tabs ' +
    'may work in two organisations. An organisation that is not the caller’s is answered like one that does not exist (404).',
  body: z
    .object({
      tenant_id: field.id.optional(),
      tenant_slug: z.string().trim().toLowerCase().min(1).max(100).optional(),
      env: environment.default('prod'),
    })
    .refine(({ tenant_id: id, tenant_slug: slug }) => id !== undefined || slug !== undefined, {
      message: 'Send `tenant_id` or `tenant_slug`',
      path: ['tenant_id'],
    }),
  responses: { 200: scopedToken },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.session_revoked',
    'resource.not_found',
    'tenant.suspended',
    'service.unavailable',
  ],
});
