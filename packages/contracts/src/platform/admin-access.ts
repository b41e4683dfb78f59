import { z } from 'zod';
import { keyPrefix } from '../auth/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';
import { adminPage, adminPageOf, operatorRefusals } from './operators.ts';
import { environment, operatorRole } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

const common = { owner: 'auth', family: 'platform', access: 'platform_admin' } as const;
const act = { ...common, operatorRole: 'support' } as const;
const errors = ['request.invalid', ...operatorRefusals, 'service.unavailable'] as const;
const actErrors = [...errors, 'auth.reauthentication_required', 'resource.not_found'] as const;

const reasonBody = z.object({ reason: operatorReason });

export const adminListSessions = defineEndpoint({
  ...common,
  id: 'platform.adminListSessions',
  method: 'GET',
  path: '/platform/api/admin/users/:id/sessions',
  summary: "A user's live sessions, newest first",
  params: z.object({ id: field.id }),
  query: z.object(platformPage),
  responses: {
    200: platformPageOf(
      z
        .object({
          id: field.id,
          method: z.string().describe('Way of signing in.'),
          device: z.string().nullable(),
          user_agent: z.string().nullable(),
          address: z.string().nullable(),
          created_at: field.timestamp,
          last_used_at: field.timestamp,
          expires_at: field.timestamp,
        })
        .meta({ id: 'AdminSession' }),
    ),
  },
  errors,
});

export const adminEndSession = defineEndpoint({
  ...act,
  id: 'platform.adminEndSession',
  method: 'DELETE',
  path: '/platform/api/admin/users/:id/sessions/:session_id',
  summary: 'End one session of a user',
  description:
    'Its tokens are refused at every edge within a second, and its open streams and sockets end. API keys go on.',
  params: z.object({ id: field.id, session_id: field.id }),
  body: reasonBody,
  bodyOptional: true,
  responses: { 200: z.object({ id: field.id, ended: z.literal(true) }) },
  errors: actErrors,
});

/** An API key as operators see it; never its text. */
const adminKey = z
  .object({
    id: field.id,
    prefix: z.string(),
    name: shown.name,
    user_id: field.id.describe('Who made it.'),
    user_email: shown.email.nullable().describe('The address of who made it; null where none is known.'),
    project_id: field.id,
    organisation_id: field.id.nullable().describe('Null for a personal key.'),
    organisation_name: shown.name.nullable(),
    environment: environment.nullable(),
    scopes: z.array(z.string()),
    rate_limit_per_minute: z.number().int().nullable(),
    state: z.enum(['active', 'paused', 'expired', 'revoked']),
    created_at: field.timestamp,
    last_used_at: field.timestamp.nullable().describe('Null where no use was recorded.'),
    expires_at: field.timestamp.nullable(),
    revoked_at: field.timestamp.nullable(),
  })
  .meta({ id: 'AdminKey' });

export const adminListKeys = defineEndpoint({
  ...common,
  id: 'platform.adminListKeys',
  method: 'GET',
  path: '/platform/api/admin/keys',
  summary: 'API keys, for operators',
  description:
    'Newest first: all, those that a user made, those of an organisation, or those with a prefix, such as `sk_live_4f0c1a`.',
  query: z.object({
    ...adminPage,
    id: field.id.optional(),
    user_id: field.id.optional(),
    organisation_id: field.id.optional(),
    prefix: keyPrefix.optional(),
  }),
  responses: { 200: adminPageOf(adminKey) },
  errors,
});

export const adminRevokeKey = defineEndpoint({
  ...act,
  id: 'platform.adminRevokeKey',
  method: 'POST',
  path: '/platform/api/admin/keys/:id/revoke',
  summary: 'End an API key for good',
  description: 'It is refused at every edge within a second. Safe to repeat.',
  params: z.object({ id: field.id }),
  body: reasonBody,
  bodyOptional: true,
  responses: { 200: adminKey },
  errors: actErrors,
});

export const adminListOperators = defineEndpoint({
  ...common,
  id: 'platform.adminListOperators',
  method: 'GET',
  path: '/platform/api/admin/operators',
  summary: 'Who operates this installation',
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          user_id: field.id,
          email: shown.email.nullable(),
          role: operatorRole,
          granted_at: field.timestamp,
          granted_by: z.string().describe('Who typed the command.'),
          last_login_at: field.timestamp.nullable(),
        }),
      ),
    }),
  },
  errors,
});

export const adminEndOperator = defineEndpoint({
  ...common,
  id: 'platform.adminEndOperator',
  method: 'DELETE',
  path: '/platform/api/admin/operators/:id',
  risky: true,
  summary: 'Take the role from an operator',
  description: 'Acts on open sessions within a second. No route gives a role: that takes the command line.',
  params: z.object({ id: field.id }),
  body: reasonBody,
  bodyOptional: true,
  responses: { 200: z.object({ user_id: field.id, role: z.null() }) },
  errors: actErrors,
});

export const adminListSecrets = defineEndpoint({
  ...common,
  id: 'platform.adminListSecrets',
  method: 'GET',
  path: '/platform/api/admin/secrets',
  summary: 'The keys that Turnpike signs and trusts with, and how old they are; never their values',
  responses: {
    200: z.object({
      signing_keys: z
        .array(
          z.object({
            kid: z.string(),
            algorithm: z.string(),
            state: z
              .enum(['published', 'signing', 'verifying'])
              .describe('Not yet used, in use, or only for tokens that are out.'),
            created_at: field.timestamp,
            signs_from: field.timestamp,
            verifies_until: field.timestamp.nullable(),
          }),
        )
        .describe('Newest first; none with HS256, whose secret is configured.'),
      rotation_days: z.number().int().nullable().describe('How often the signing key is replaced; null with HS256.'),
      service_keys: z
        .array(
          z.object({
            name: z.string(),
            values: z.number().int().positive().describe('Two while it rotates.'),
            grants: z.array(z.string()),
          }),
        )
        .describe('Their age stands nowhere: they are configured from outside.'),
    }),
  },
  errors,
});
