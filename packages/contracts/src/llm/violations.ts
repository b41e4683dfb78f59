import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { tenantRefusals } from '../platform/refusals.ts';
import { LEAST_ROLE } from '../platform/roles.ts';
import { page, period, requestIdFilter, usagePage } from '../usage/fields.ts';
import { policySeverity } from './policy-rule.ts';
import { LLM_PREFIX, LLM_PROVIDERS } from './providers.ts';

/** What has become of a violation. */
export const violationStatus = z.enum(['open', 'acknowledged', 'resolved', 'false_positive']);
export type ViolationStatus = z.output<typeof violationStatus>;

/** What was done about what a policy found. */
export const violationAction = z.enum(['blocked', 'redacted', 'flagged']);
/** Longest note, in characters. */
const NOTE_CHARS_MAX = 1_000;

/** What one policy found in the request or in the answer of one call. */
export const violation = z
  .object({
    id: field.id,
    created_at: field.timestamp,
    request_id: z.string().describe('By which the log has the call; empty where the caller was erased.'),
    log_id: field.id
      .nullable()
      .describe(
        'Of its record in the log (`…/analytics/logs`), which is there a second or two after the call; null until then, and where it is kept no longer.',
      ),
    key_id: field.id.nullable(),
    user_id: field.id.nullable().describe('Who answers for the key; null where that person was erased.'),
    environment: z.string(),
    provider: z.enum(LLM_PROVIDERS),
    model: z.string(),
    policy_id: z.string().describe('The operator’s begin with `operator-`.'),
    policy_name: shown.name,
    policy_version: z.int(),
    type: z.string(),
    category: z.string().describe('What was found first: an entity, or the type of the policy.'),
    severity: policySeverity,
    action: violationAction,
    direction: z.enum(['request', 'response']),
    location: z.string().describe('JSON pointer into the body, or `stream@<characters before it>`.'),
    match_count: z.int(),
    excerpt: z.string().describe('What was found, masked, at most 120 characters.'),
    status: violationStatus,
    note: z.string().nullable(),
    phase: z.enum(['sync', 'async']).describe('async: found after the answer was given.'),
  })
  .meta({ id: 'PolicyViolation' });

/** The same with each match, and with the policy as it was. */
const violationDetail = violation
  .extend({
    matches: z.array(
      z.object({ entity: z.string(), start: z.int(), end: z.int(), masked: z.string(), confidence: z.number() }),
    ),
    policy: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('The policy at that version; null for the operator’s, and for one that is no longer kept.'),
    status_changed_by: field.id.nullable(),
    status_changed_at: field.timestamp.nullable(),
  })
  .meta({ id: 'PolicyViolationDetail' });

const BASE = `${LLM_PREFIX}/api/v1/analytics/violations` as const;
const params = z.object({ id: field.id });
const family = { owner: 'llm', family: 'usage', access: 'tenant' } as const;
const errors = ['request.invalid', ...tenantRefusals] as const;

export const listViolations = defineEndpoint({
  ...family,
  id: 'llm.listViolations',
  method: 'GET',
  path: BASE,
  minRole: LEAST_ROLE['usage.read'],
  summary: 'What policies found, newest first',
  description:
    'In calls of the environment of the token; the last 24 hours unless told, at most 31 days. No text of a call but masked.',
  query: z.object({
    ...period,
    ...page,
    type: z.string().min(1).max(64).optional(),
    severity: policySeverity.optional(),
    action: violationAction.optional(),
    policy_id: z.string().min(1).max(64).optional(),
    key_id: field.id.optional(),
    status: violationStatus.optional(),
    request_id: requestIdFilter.optional(),
  }),
  responses: { 200: usagePage(violation) },
  errors: [...errors, 'service.unavailable'],
});

export const getViolation = defineEndpoint({
  ...family,
  id: 'llm.getViolation',
  method: 'GET',
  path: `${BASE}/:id`,
  minRole: LEAST_ROLE['usage.read'],
  summary: 'One violation, with each match and the policy as it was',
  params,
  responses: { 200: violationDetail },
  errors: [...errors, 'resource.not_found', 'service.unavailable'],
});

export const updateViolation = defineEndpoint({
  ...family,
  id: 'llm.updateViolation',
  method: 'PATCH',
  path: `${BASE}/:id`,
  minRole: LEAST_ROLE['policies.write'],
  summary: 'Say what has become of a violation',
  params,
  body: z
    .object({
      status: violationStatus.optional(),
      note: z.string().max(NOTE_CHARS_MAX).nullish().describe('Null takes it away.'),
    })
    .refine(({ status, note }) => status !== undefined || note !== undefined, {
      message: 'Send `status` or `note`',
      path: ['status'],
    }),
  responses: { 200: violationDetail },
  errors: [...errors, 'resource.not_found', 'service.unavailable'],
});
