import { z } from 'zod';
import { creditField } from '../credits/amounts.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { tenantRefusals } from './refusals.ts';
import { environment, LEAST_ROLE, role } from './roles.ts';
import { chosenSlug } from './slugs.ts';
import { scopedToken, tenantName } from './tenants.ts';

/** Invites of one organisation that can be accepted at one time, at most. */
export const PENDING_INVITES_MAX = 50;

/** The selected organisation as its members see it. */
export const tenantInfo = z
  .object({
    id: field.id,
    tenant_id: field.id.describe('The same as `id`.'),
    name: shown.name,
    slug: z.string(),
    status: z.enum(['active', 'suspended']),
    billing_email: shown.email.nullable().describe('Null for who is no admin.'),
    owner_id: field.id.nullable().describe('The active owner who joined first.'),
    role: role.nullable().describe('Of the caller; null for an API key, which has scopes.'),
    env: environment,
    plan: z.string().nullable(),
    tier: z.string(),
    subscription_id: field.id.nullable(),
    members: z.number().int().nonnegative(),
    credits: z
      .object({ balance: creditField.balance, held: creditField.balance })
      .nullable()
      .describe('What can be spent now, and what is held for calls under way; null while the ledger does not answer.'),
    limits: z.object({
      members: z.number().int().nullable().describe('Null while the configuration does not answer.'),
      pending_invites: z.number().int(),
      requests_per_minute: z
        .number()
        .int()
        .nullable()
        .describe('Of the tier, shared by everybody who calls for the organisation; null for none.'),
    }),
    created_at: field.timestamp,
  })
  .meta({ id: 'TenantInfo' });

export const serviceInfo = defineEndpoint({
  id: 'platform.serviceInfo',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/service/info',
  access: 'tenant',
  minRole: LEAST_ROLE['info.read'],
  scope: 'organisation:read',
  summary: 'The selected organisation',
  description: 'The only route of the organisation that its API keys may read.',
  responses: { 200: tenantInfo },
  errors: [...tenantRefusals, 'service.unavailable'],
});

export const updateServiceInfo = defineEndpoint({
  id: 'platform.updateServiceInfo',
  owner: 'auth',
  family: 'platform',
  method: 'PATCH',
  path: '/platform/api/service/info',
  access: 'tenant',
  minRole: LEAST_ROLE['info.write'],
  summary: 'Change name, billing address or slug',
  description:
    'The slug by an owner alone, at most three times in 30 days (429); the one before points to the organisation and stays taken for 90 days. What is left out stays as it is.',
  body: z
    .object({
      name: tenantName.optional(),
      billing_email: field.email.nullable().optional().describe('Null removes it.'),
      slug: chosenSlug.optional(),
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      message: 'Send `name`, `billing_email` or `slug`',
      path: ['name'],
    }),
  responses: { 200: tenantInfo },
  errors: ['request.invalid', ...tenantRefusals, 'tenant.slug_taken', 'rate_limit.exceeded', 'service.unavailable'],
});

export const switchEnvironment = defineEndpoint({
  id: 'platform.switchEnvironment',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/service/auth/switch-environment',
  access: 'tenant',
  minRole: LEAST_ROLE['environment.switch'],
  openToShared: true,
  summary: 'A token for the other environment',
  description:
    'Of the same organisation. The old token stays good until it expires: the environment is a property of the token.',
  body: z
    .object({
      environment: environment.optional(),
      env: environment.optional().describe('Read in place of `environment`.'),
    })
    .refine((body) => body.environment !== undefined || body.env !== undefined, {
      message: 'Required',
      path: ['environment'],
    }),
  responses: { 200: scopedToken },
  errors: ['request.invalid', ...tenantRefusals, 'auth.session_revoked', 'service.unavailable'],
});
