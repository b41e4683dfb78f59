import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { tenantRefusals } from '../platform/refusals.ts';
import { LEAST_ROLE } from '../platform/roles.ts';
import { platformPage, platformPageOf } from '../platform/tenants.ts';
import { policyAction, policyDetection, policySettings, policySeverity, POLICY_LIMITS } from './policy-rule.ts';
import { LLM_PREFIX } from './providers.ts';

/** Largest body that describes a policy, in bytes: as many characters as an environment may have, each of four. */
const POLICY_BYTES_MAX = 4 * POLICY_LIMITS.setChars;

/** What a rule looks at that is no text, so that nothing of it can be replaced; and what is looked for elsewhere, where nobody says what to replace. */
const NOT_REDACTED: ReadonlySet<string> = new Set(['model', 'limit', 'external']);

/** Why a rule cannot be, though each of its members can; `undefined` where it can. */
export function faultOfPolicy({ type, action }: { readonly type: string; readonly action: string }) {
  if (action !== 'redact' || !NOT_REDACTED.has(type)) return undefined;
  return { path: ['action'], message: `What a ${type} finds cannot be redacted` };
}

/** A rule as it is given. */
export const policyInput = z.intersection(policyDetection, policySettings).superRefine((rule, context) => {
  const fault = faultOfPolicy(rule);
  if (fault !== undefined) context.addIssue({ code: 'custom', ...fault });
});
export type PolicyInput = z.output<typeof policyInput>;

const shownSettings = {
  name: shown.name,
  description: z.string().nullable(),
  enabled: z.boolean(),
  type: z.string(),
  config: z.record(z.string(), z.unknown()).describe('As it was given, with what was left out.'),
  action: policyAction,
  direction: z.enum(['request', 'response', 'both']),
  severity: policySeverity,
  priority: z.int(),
  scope: z.record(z.string(), z.unknown()),
};

/** A policy as members see it. */
export const policy = z
  .object({
    id: field.id,
    ...shownSettings,
    version: z.int().positive().describe('Grows with each change.'),
    created_at: field.timestamp,
    updated_at: field.timestamp,
    created_by: field.id.nullable().describe('Null where that person was erased.'),
  })
  .meta({ id: 'Policy' });

/** A policy as it was. */
const policyVersion = z
  .object({
    version: z.int().positive(),
    ...shownSettings,
    changed_at: field.timestamp,
    changed_by: field.id.nullable(),
  })
  .meta({ id: 'PolicyVersion' });

const BASE = `${LLM_PREFIX}/api/v1/policies` as const;
const params = z.object({ id: field.id });
const family = { owner: 'llm', family: 'llm', access: 'tenant' } as const;
const read = { ...family, minRole: LEAST_ROLE['policies.read'] } as const;
const write = { ...family, minRole: LEAST_ROLE['policies.write'] } as const;

export const listPolicies = defineEndpoint({
  ...read,
  id: 'llm.listPolicies',
  method: 'GET',
  path: BASE,
  summary: 'Policies of the organisation, oldest first',
  description:
    'Those of the environment of the token. The operator’s, which are for the calls of everybody, are not listed.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(policy) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});

export const createPolicy = defineEndpoint({
  ...write,
  id: 'llm.createPolicy',
  method: 'POST',
  path: BASE,
  bodyBytesMax: POLICY_BYTES_MAX,
  summary: 'Make a policy',
  description: `In force within a second for all calls of the environment that its scope names. At most ${POLICY_LIMITS.rules} policies in an environment; further ones are 409.`,
  body: policyInput,
  responses: { 201: policy },
  errors: ['request.invalid', ...tenantRefusals, 'tenant.limit_reached', 'service.unavailable'],
});

export const getPolicy = defineEndpoint({
  ...read,
  id: 'llm.getPolicy',
  method: 'GET',
  path: `${BASE}/:id`,
  summary: 'One policy of the organisation',
  params,
  responses: { 200: policy },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});

export const replacePolicy = defineEndpoint({
  ...write,
  id: 'llm.replacePolicy',
  method: 'PUT',
  path: `${BASE}/:id`,
  bodyBytesMax: POLICY_BYTES_MAX,
  summary: 'Replace a policy',
  description:
    'All of it: what is left out has its default. `version` is the one that was read; a policy that was changed since is 409.',
  params,
  body: z.intersection(policyInput, z.object({ version: z.int().positive() })),
  responses: { 200: policy },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'resource.not_found',
    'resource.conflict',
    'tenant.limit_reached',
    'service.unavailable',
  ],
});

export const deletePolicy = defineEndpoint({
  ...write,
  id: 'llm.deletePolicy',
  method: 'DELETE',
  path: `${BASE}/:id`,
  summary: 'Delete a policy',
  description: 'It is in force nowhere within a second. Violations keep the rule as it was. A second time: 404.',
  params,
  responses: { 204: null },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});

export const listPolicyVersions = defineEndpoint({
  ...read,
  id: 'llm.listPolicyVersions',
  method: 'GET',
  path: `${BASE}/:id/versions`,
  summary: 'A policy as it was, newest first',
  params,
  query: z.object(platformPage),
  responses: { 200: platformPageOf(policyVersion) },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});

/** Longest text that rules are tried on, in characters. */
const TEST_CHARS_MAX = 32_768;

export const testPolicies = defineEndpoint({
  ...write,
  id: 'llm.testPolicies',
  method: 'POST',
  path: `${BASE}/test`,
  bodyBytesMax: POLICY_BYTES_MAX,
  summary: 'Try policies on a text',
  description:
    'With `rule` that one, without it all policies of the environment that are enabled, whatever their scope and direction. Nothing is kept or charged. Rules about ' +
    'models and sizes look at no text, and find nothing here.',
  body: z.object({ text: z.string().min(1).max(TEST_CHARS_MAX), rule: policyInput.optional() }),
  responses: {
    200: z
      .object({
        matches: z.array(
          z.object({
            policy_id: field.id.nullable().describe('Null for the `rule` that was sent.'),
            policy_name: shown.name,
            type: z.string(),
            action: policyAction,
            entity: z.string(),
            start: z.int().describe('Characters (UTF-16) before it.'),
            end: z.int(),
            masked: z.string(),
            confidence: z.number(),
          }),
        ),
        blocked: z.boolean(),
        redacted: z
          .string()
          .nullable()
          .describe('The text as it would be sent on; null where nothing is replaced, or it is blocked.'),
      })
      .meta({ id: 'PolicyTest' }),
  },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});
