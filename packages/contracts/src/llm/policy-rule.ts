import { z } from 'zod';
import { field } from '../fields.ts';
import { lineOfText } from '../line-of-text.ts';
import { LLM_PROVIDERS } from './providers.ts';

/** Bounds of rules; what they mean stands in docs/policies.md. */
export const POLICY_LIMITS = {
  /** Policies of an organisation in one environment. */
  rules: 100,
  /** The same as JSON together, in characters. */
  setChars: 65_536,
  words: 500,
  wordChars: 128,
  patternChars: 512,
  globs: 100,
  globChars: 128,
  keyIds: 100,
  externalTimeoutMs: 2_000,
} as const;

/** What a rule does with what it finds. */
export const policyAction = z
  .enum(['block', 'redact', 'flag'])
  .describe('block: the call is refused; redact: what was found is replaced; flag: it is only told of.');
export type PolicyAction = z.output<typeof policyAction>;

export const policySeverity = z.enum(['low', 'medium', 'high', 'critical']);
export type PolicySeverity = z.output<typeof policySeverity>;

/** Which way a text goes. */
export type Direction = 'request' | 'response';

export const PII_ENTITIES = [
  'email',
  'phone',
  'credit_card',
  'iban',
  'us_ssn',
  'ip',
  'mac',
  'passport',
  'dob',
] as const;
export const SECRET_KINDS = [
  'api_key',
  'private_key',
  'jwt',
  'password_assignment',
  'aws',
  'gcp',
  'azure',
  'github',
  'gitlab',
  'slack',
  'stripe',
] as const;

const glob = z
  .string()
  .min(1)
  .max(POLICY_LIMITS.globChars)
  .regex(/^[A-Za-z0-9._:/@+*-]+$/, 'Must be a name of a model, in which * stands for any text');
const globs = z.array(glob).min(1).max(POLICY_LIMITS.globs);
const count = z.int().positive().max(1_000_000_000);

const keyword = z.object({
  words: z.array(lineOfText(POLICY_LIMITS.wordChars)).min(1).max(POLICY_LIMITS.words),
  match: z.enum(['word', 'substring']).default('word').describe('word: no letter or digit may touch it.'),
  case_sensitive: z.boolean().default(false),
});
const regex = z.object({
  pattern: z
    .string()
    .min(1)
    .max(POLICY_LIMITS.patternChars)
    .describe('RE2 syntax: without look-around and back-references. It must not match the empty text.'),
  flags: z.enum(['', 'i']).default('').describe('i: letter case is ignored.'),
});
const pii = z.object({
  entities: z.array(z.enum(PII_ENTITIES)).min(1).max(PII_ENTITIES.length),
  min_confidence: z.number().min(0).max(1).default(0.6),
});
const secret = z.object({
  kinds: z.array(z.enum(SECRET_KINDS)).min(1).max(SECRET_KINDS.length),
  min_entropy: z
    .number()
    .min(0)
    .max(8)
    .default(2.5)
    .describe('Bits for each character (Shannon) of what is assigned to a password, at least.'),
});
const promptInjection = z.object({ sensitivity: z.enum(['low', 'medium', 'high']).default('medium') });
const model = z
  .object({ allow: globs.optional(), deny: globs.optional() })
  .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, {
    message: 'Send `allow` or `deny`',
    path: ['allow'],
  });
const limit = z
  .object({ max_input_tokens: count.optional(), max_output_tokens: count.optional(), max_images: count.optional() })
  .refine((bounds) => Object.values(bounds).some((bound) => bound !== undefined), {
    message: 'Send a bound',
    path: ['max_input_tokens'],
  });
const external = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  timeout_ms: z.int().min(50).max(POLICY_LIMITS.externalTimeoutMs).default(1_000),
  on_error: z
    .enum(['block', 'allow'])
    .default('allow')
    .describe('When it does not answer in time, or not as it should.'),
});

/** What a rule looks for. */
export const policyDetection = z.discriminatedUnion('type', [
  z.object({ type: z.literal('keyword'), config: keyword }),
  z.object({ type: z.literal('regex'), config: regex }),
  z.object({ type: z.literal('pii'), config: pii }),
  z.object({ type: z.literal('secret'), config: secret }),
  z.object({ type: z.literal('prompt_injection'), config: promptInjection }),
  z.object({ type: z.literal('model'), config: model }),
  z.object({ type: z.literal('limit'), config: limit }),
  z.object({ type: z.literal('external'), config: external }),
]);
export type PolicyDetection = z.output<typeof policyDetection>;
export type PolicyType = PolicyDetection['type'];

/** Which calls a rule is for; all of them where a member is left out. */
export const policyScope = z.object({
  key_ids: z.array(field.id).min(1).max(POLICY_LIMITS.keyIds).optional(),
  models: globs.optional(),
  providers: z.array(z.enum(LLM_PROVIDERS)).min(1).max(LLM_PROVIDERS.length).optional(),
});

/** What is set of a rule besides what it looks for. */
export const policySettings = z.object({
  name: field.name,
  description: z.string().max(1_000).nullish(),
  enabled: z.boolean().default(true),
  action: policyAction.default('flag'),
  direction: z.enum(['request', 'response', 'both']).default('both'),
  severity: policySeverity.default('medium'),
  priority: z
    .int()
    .min(0)
    .max(10_000)
    .default(100)
    .describe('The lower comes first: it names the refusal, and the word that replaces what several rules redact.'),
  scope: policyScope.default({}),
});
export type PolicySettings = z.output<typeof policySettings>;

/** A rule as it is judged by. */
export type PolicyRule = PolicyDetection &
  Pick<PolicySettings, 'name' | 'action' | 'direction' | 'severity' | 'priority' | 'scope'> & {
    readonly id: string;
    readonly version: number;
  };
