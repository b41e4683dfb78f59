import { z } from 'zod';
import { KEY_PER_MINUTE_MAX, keyConstraint } from '../account/key-constraints.ts';
import { apiKeyScopes } from '../account/scopes.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, insteadOf, shown } from '../fields.ts';
import { tenantRefusals } from '../platform/refusals.ts';
import { environment, LEAST_ROLE } from '../platform/roles.ts';
import { platformPage, platformPageOf } from '../platform/tenants.ts';
import { LLM_KEY_REQUESTS_PER_MINUTE, LLM_PREFIX } from './providers.ts';

/** Pairs of metadata, and their lengths in characters, at most. */
const PAIRS_MAX = 16;
const PAIR_NAME_CHARS_MAX = 64;
const PAIR_VALUE_CHARS_MAX = 512;

const perMinute = z
  .int()
  .min(1)
  .max(KEY_PER_MINUTE_MAX)
  .describe(`Requests per minute, 1–${KEY_PER_MINUTE_MAX}, default ${LLM_KEY_REQUESTS_PER_MINUTE}.`);

const metadata = z
  .record(z.string().min(1).max(PAIR_NAME_CHARS_MAX), z.string().max(PAIR_VALUE_CHARS_MAX))
  .refine((pairs) => Object.keys(pairs).length <= PAIRS_MAX, `Must have at most ${PAIRS_MAX} pairs`)
  .describe(
    `Notes of the caller's: at most ${PAIRS_MAX} pairs, names of at most ${PAIR_NAME_CHARS_MAX} and texts of at most ${PAIR_VALUE_CHARS_MAX} characters.`,
  );

/** What may be set when a key is made and changed later; null takes a bound away. */
const settings = {
  rate_limit_per_minute: perMinute.optional(),
  rate_limit_rpm: perMinute.optional().meta(insteadOf('rate_limit_per_minute')),
  tokens_per_minute: keyConstraint.tokensPerMinute.nullish(),
  allowed_models: keyConstraint.allowedModels.nullish(),
  allowed_providers: keyConstraint.allowedProviders.nullish(),
  allowed_ips: keyConstraint.allowedIps.nullish(),
  spend_limit: keyConstraint.spendLimit.nullish(),
  expires_at: field.givenTimestamp.nullish().describe('A moment to come; without it the key does not expire.'),
  metadata: metadata.nullish(),
} as const;

/** A key of the organisation as its members see it. */
export const organisationKey = z
  .object({
    id: field.id,
    name: shown.name,
    key_prefix: z.string().describe('First characters of the key, to tell keys apart.'),
    is_active: z.boolean().describe('It is not paused, and has not expired.'),
    scopes: z.array(z.string()),
    rate_limit_per_minute: z.int().positive().nullable(),
    tokens_per_minute: z.int().positive().nullable(),
    allowed_models: z.array(z.string()).nullable(),
    allowed_providers: z.array(z.string()).nullable(),
    allowed_ips: z.array(z.string()).nullable(),
    spend_limit: z.object({ credits: z.number(), period: z.string() }).nullable(),
    spent: z
      .number()
      .nonnegative()
      .nullable()
      .describe(
        'Credits that calls of language models cost in the current period of `spend_limit`; null without a limit, and while the LLM gateway is down.',
      ),
    metadata: z.record(z.string(), z.string()),
    project_id: field.id,
    environment,
    expires_at: field.timestamp.nullable(),
    last_used_at: field.timestamp.nullable().describe('Good to about five minutes, the time an edge remembers a key.'),
    created_at: field.timestamp,
    updated_at: field.timestamp,
    created_by: field.id.describe('Who answers for it: its maker, or whoever it was handed to when they left.'),
  })
  .meta({ id: 'OrganisationKey' });
export type OrganisationKey = z.output<typeof organisationKey>;

/** The answer that made it. */
const newKey = organisationKey
  .extend({ key: z.string().describe('The key itself, in this answer and never again.') })
  .meta({ id: 'NewOrganisationKey' });

const BASE = `${LLM_PREFIX}/api/v1/keys` as const;
const params = z.object({ id: field.id });
const family = { owner: 'auth', family: 'llm', access: 'tenant' } as const;

export const listKeys = defineEndpoint({
  ...family,
  id: 'llm.listKeys',
  method: 'GET',
  path: BASE,
  minRole: LEAST_ROLE['keys.read'],
  summary: 'API keys of the organisation, newest first',
  description:
    'Those of the environment of the token, whichever route made them; deleted ones are left out. Viewers may not read keys.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(organisationKey) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});

export const createKey = defineEndpoint({
  ...family,
  id: 'llm.createKey',
  method: 'POST',
  path: BASE,
  minRole: LEAST_ROLE['keys.write'],
  idempotent: true,
  summary: 'Make an API key of the organisation',
  description:
    'In the default project of the environment of the token. The key, `sk-<environment>-…`, is in this answer and nowhere else; calls with it use ' +
    'the limits and credits of the organisation. Without `scopes` it may call language models and nothing else.',
  body: z.object({
    name: field.name,
    ...settings,
    scopes: apiKeyScopes.optional(),
  }),
  responses: { 201: newKey },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'resource.conflict',
    'tenant.limit_reached',
    'idempotency.conflict',
    'idempotency.in_progress',
    'service.unavailable',
  ],
});

export const getKey = defineEndpoint({
  ...family,
  id: 'llm.getKey',
  method: 'GET',
  path: `${BASE}/:id`,
  minRole: LEAST_ROLE['keys.read'],
  summary: 'One API key of the organisation',
  params,
  responses: { 200: organisationKey },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});

export const updateKey = defineEndpoint({
  ...family,
  id: 'llm.updateKey',
  method: 'PATCH',
  path: `${BASE}/:id`,
  minRole: LEAST_ROLE['keys.write'],
  summary: 'Change an API key of the organisation',
  description:
    'What is left out stays; null takes a bound away. It acts at every edge within a second. `is_active: false` pauses the key, ends its streams ' +
    'and keeps it: `true` lets the same key work again.',
  params,
  body: z
    .object({ is_active: z.boolean().optional(), name: field.name.optional(), ...settings })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      message: 'Send what is to be changed',
      path: ['name'],
    }),
  responses: { 200: organisationKey },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});

export const deleteKey = defineEndpoint({
  ...family,
  id: 'llm.deleteKey',
  method: 'DELETE',
  path: `${BASE}/:id`,
  minRole: LEAST_ROLE['keys.write'],
  endsAccess: true,
  summary: 'End an API key of the organisation',
  description: 'It stops working at every edge within a second. A second time: 404.',
  params,
  responses: { 204: null },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});
