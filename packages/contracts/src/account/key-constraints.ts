import { isIP } from 'node:net';
import { z } from 'zod';
import { LLM_PROVIDERS } from '../llm/providers.ts';

/** Highest limit that a key may be given, in requests per minute. */
export const KEY_PER_MINUTE_MAX = 100_000;
/** Highest limit of tokens per minute that a key may be given. */
const TOKENS_PER_MINUTE_MAX = 1_000_000_000;
/** Most models, and most address ranges, that a key may name. */
const ENTRIES_MAX = 100;
/** Longest pattern of models, in characters. */
const MODEL_CHARS_MAX = 128;
/** Most credits that a key may be let spend in a period. */
const SPEND_MAX = 1_000_000_000;

const llmProvider = z.enum(LLM_PROVIDERS).meta({ id: 'LlmProvider' });

/** An IPv4 or IPv6 address, or a range of them in CIDR notation; without a zone. */
const addressRange = z
  .string()
  .max(43)
  .refine(isAddressRange, 'Must be an IP address or a range such as 203.0.113.0/24')
  .meta({ examples: ['203.0.113.0/24'] });

/** The fields of a key that bound what it may be used for; each is absent where there is no bound. */
export const keyConstraint = {
  tokensPerMinute: z
    .int()
    .min(1)
    .max(TOKENS_PER_MINUTE_MAX)
    .describe(`Tokens of language models per minute, 1–${TOKENS_PER_MINUTE_MAX}.`),
  allowedModels: z
    .array(
      z
        .string()
        .min(1)
        .max(MODEL_CHARS_MAX)
        .regex(/^[A-Za-z0-9._:/@+*-]+$/, 'Must be a name of a model, in which * stands for any text')
        .meta({ examples: ['gpt-4o*'] }),
    )
    .min(1)
    .max(ENTRIES_MAX)
    .describe(
      `Models by name, with \`*\` for any text; at most ${ENTRIES_MAX} of at most ${MODEL_CHARS_MAX} characters.`,
    ),
  allowedProviders: z.array(llmProvider).min(1).max(LLM_PROVIDERS.length),
  allowedIps: z
    .array(addressRange)
    .min(1)
    .max(ENTRIES_MAX)
    .describe(`Client addresses that the key may be used from: at most ${ENTRIES_MAX} addresses or CIDR ranges.`),
  spendLimit: z
    .object({
      credits: z
        .number()
        .positive()
        .max(SPEND_MAX)
        .refine(isMicro, 'Must have at most six decimals')
        .describe(`More than 0 and at most ${SPEND_MAX}, with at most six decimals.`),
      period: z.enum(['day', 'week', 'month', 'total']).describe('In UTC; weeks begin on Monday.'),
    })
    .meta({ id: 'SpendLimit', description: 'What calls of language models with the key may cost.' }),
} as const;

/**
 * What a key may be used for, besides its scopes, its rate limit and its expiry. Auth keeps it, introspection hands it on; the edge judges
 * addresses, the LLM gateway the rest.
 */
export const keyConstraints = z
  .object({
    tokens_per_minute: keyConstraint.tokensPerMinute,
    allowed_models: keyConstraint.allowedModels,
    allowed_providers: keyConstraint.allowedProviders,
    allowed_ips: keyConstraint.allowedIps,
    spend_limit: keyConstraint.spendLimit,
  })
  .partial()
  .meta({ id: 'KeyConstraints' });
export type KeyConstraints = z.output<typeof keyConstraints>;

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Whether a number says an amount to the micro-credit exactly. */
function isMicro(credits: number): boolean {
  return /^\d+(?:\.\d{1,6})?$/.test(String(credits));
}
