import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { envelope, field } from '../fields.ts';
import { HEADER } from '../headers.ts';
import { scopedRefusals } from '../platform/refusals.ts';
import { LEAST_ROLE } from '../platform/roles.ts';
import { KEY_PER_MINUTE_MAX } from './key-constraints.ts';
import { pageOf, pageQuery } from './pagination.ts';
import { apiKeyScopes } from './scopes.ts';

/** Longest life of a key that expires, in days. */
const KEY_LIFE_DAYS_MAX = 3_650;
/** Longest time that a rotated key goes on working, in seconds: a week. */
const OVERLAP_SECONDS_MAX = 7 * 86_400;

const projectHeaders = z.object({ [HEADER.projectId]: field.id });
const keyParams = z.object({ key_id: field.id });

/** An API key as its owner sees it. */
export const apiKeyView = z
  .object({
    id: field.id,
    prefix: z.string().describe('First characters of the key, to tell keys apart.'),
    name: z.string(),
    full_key: z.string().nullable().describe('The key itself, in the answer that made it and never again.'),
    scopes: z.array(z.string()),
    rate_limit_per_minute: z
      .number()
      .int()
      .positive()
      .nullable()
      .describe("The key's own limit, besides its owner's tier."),
    last_used_at: field.timestamp.nullable().describe('Good to about five minutes, the time an edge remembers a key.'),
    expires_at: field.timestamp
      .nullable()
      .describe('When it stops working, unless deleted before; a rotated key stops at the end of the overlap.'),
    is_active: z.boolean(),
    status: z.enum(['active', 'paused', 'expired', 'ended']),
    created_at: field.timestamp,
    updated_at: field.timestamp,
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyView = z.output<typeof apiKeyView>;

export const listApiKeys = defineEndpoint({
  id: 'account.listApiKeys',
  owner: 'auth',
  family: 'account',
  method: 'GET',
  path: '/auth/api-keys',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.read'],
  summary: 'API keys of a project, newest first',
  description: 'With the token of an organisation: of a project of that organisation and environment.',
  headers: projectHeaders,
  query: pageQuery,
  responses: { 200: envelope(pageOf(apiKeyView)) },
  errors: ['request.invalid', ...scopedRefusals, 'resource.not_found', 'service.unavailable'],
});

export const createApiKey = defineEndpoint({
  id: 'account.createApiKey',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/api-keys',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  idempotent: true,
  summary: 'Make an API key',
  description:
    'The key is in this answer and nowhere else. Only a session can make one, and its user answers for it. Without `scopes` the key gets ' +
    'every scope but the download of all personal data; with an empty list it gets none. With the token of an organisation the project is one of ' +
    'that organisation and environment, whose credits and limits the key uses.',
  headers: projectHeaders,
  body: z.object({
    name: field.name,
    expires_in_days: z
      .number()
      .int()
      .min(1)
      .max(KEY_LIFE_DAYS_MAX)
      .nullish()
      .describe(`1–${KEY_LIFE_DAYS_MAX}; without it the key does not expire.`),
    scopes: apiKeyScopes.nullish(),
    rate_limit_per_minute: z
      .number()
      .int()
      .min(1)
      .max(KEY_PER_MINUTE_MAX)
      .nullish()
      .describe(`A limit of its own, 1–${KEY_PER_MINUTE_MAX}.`),
  }),
  responses: { 201: envelope(apiKeyView) },
  errors: [
    'request.invalid',
    ...scopedRefusals,
    'auth.forbidden',
    'resource.not_found',
    'resource.conflict',
    'tenant.limit_reached',
    'idempotency.conflict',
    'idempotency.in_progress',
    'service.unavailable',
  ],
});

export const updateApiKey = defineEndpoint({
  id: 'account.updateApiKey',
  owner: 'auth',
  family: 'account',
  method: 'PATCH',
  path: '/auth/api-keys/:key_id',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  summary: 'Change, pause or resume an API key',
  description:
    'What is left out stays; null takes a bound away. It acts at every edge within a second. `is_active: false` pauses the key, ends its streams ' +
    'and keeps it: `true` lets the same key work again. A key that has ended is 404.',
  headers: projectHeaders,
  params: keyParams,
  body: z.object({
    name: field.name.optional(),
    rate_limit_per_minute: z.number().int().min(1).max(KEY_PER_MINUTE_MAX).nullish(),
    expires_at: field.givenTimestamp.nullish().describe('A moment to come; null lets it live on.'),
    is_active: z.boolean().optional(),
  }),
  responses: { 200: envelope(apiKeyView) },
  errors: ['request.invalid', ...scopedRefusals, 'auth.forbidden', 'resource.not_found', 'service.unavailable'],
});

export const rotateApiKey = defineEndpoint({
  id: 'account.rotateApiKey',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/api-keys/:key_id/rotate',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  idempotent: true,
  summary: 'Replace an API key',
  description:
    'Returns a new key with the same name, scopes, limit and length of life. The old one works until the overlap ends; without an overlap ' +
    'it ends at once. A key that is no longer active, or was rotated before, is 409.',
  headers: projectHeaders,
  params: keyParams,
  body: z.object({
    overlap_seconds: z
      .number()
      .int()
      .min(0)
      .max(OVERLAP_SECONDS_MAX)
      .nullish()
      .describe(`0–${OVERLAP_SECONDS_MAX}, default 0.`),
  }),
  bodyOptional: true,
  responses: { 201: envelope(apiKeyView) },
  errors: [
    'request.invalid',
    ...scopedRefusals,
    'auth.forbidden',
    'resource.not_found',
    'resource.conflict',
    'idempotency.conflict',
    'idempotency.in_progress',
    'service.unavailable',
  ],
});

export const deleteApiKey = defineEndpoint({
  id: 'account.deleteApiKey',
  owner: 'auth',
  family: 'account',
  method: 'DELETE',
  path: '/auth/api-keys/:key_id',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  endsAccess: true,
  summary: 'End an API key',
  description: 'It stops working at every edge within a second. Deleting it again returns the same answer.',
  headers: projectHeaders,
  params: keyParams,
  responses: {
    200: envelope(z.object({ id: field.id, is_active: z.literal(false), deactivated_at: field.timestamp })),
  },
  errors: ['request.invalid', ...scopedRefusals, 'resource.not_found', 'service.unavailable'],
});
