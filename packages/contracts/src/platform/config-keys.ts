import { z } from 'zod';
import { KEY_PER_MINUTE_MAX } from '../account/key-constraints.ts';
import { field } from '../fields.ts';
import { lineOfText } from '../line-of-text.ts';
import { LLM_PROVIDERS, type LlmProvider } from '../llm/providers.ts';

/** Longest life that new keys can be bound to, in days. */
const KEY_LIFE_DAYS_MAX = 3_650;
/** Longest life of an invite, in days. */
const INVITE_LIFE_DAYS_MAX = 30;
/** Most members that an operator may allow. */
const MEMBERS_LIMIT_MAX = 10_000;
/** Shortest time that records of requests are kept for: what archives them has had two days then. In days. */
const LOG_DAYS_MIN = 2;
/** Longest time, in days, as the installation's own may be. */
const LOG_DAYS_MAX = 400;
/** Longest name of the product in mails, in characters. */
const BRAND_CHARS_MAX = 60;
/** Longest address of a webhook, in characters. */
const WEBHOOK_CHARS_MAX = 2_048;
/** Longest answer that is held for, in tokens: more is no model's. */
const OUTPUT_TOKENS_MAX = 2_000_000;
/** Shortest and longest secret, in characters. */
const SECRET_CHARS_MIN = 8;
const SECRET_CHARS_MAX = 512;

/** Ways of signing in that an organisation may ask of its members. */
export const SIGN_IN_METHODS = ['apple', 'google', 'github', 'email', 'password'] as const;

/** A secret of somebody else's making, as it goes into a header. */
const secretText = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'Must be visible ASCII characters without spaces')
  .min(SECRET_CHARS_MIN)
  .max(SECRET_CHARS_MAX);

/** What a tenant may do with a key: nothing, and not know of it; read it; set a value of its own. */
type TenantUse = 'hidden' | 'read' | 'override';

interface ConfigKeySpec {
  /** Of a value that is set. */
  readonly schema: z.ZodType<string | number | boolean | readonly string[]>;
  /** What the schema takes, as answers name it. */
  readonly type: 'integer' | 'boolean' | 'string' | 'list';
  /** In force where nobody set anything; null for none. */
  readonly default: unknown;
  readonly secret: boolean;
  /** A URL that we call: at https and a public address, unless the operator allows others. */
  readonly called?: boolean;
  readonly tenant: TenantUse;
  readonly description: string;
}

const providerKey = (vendor: string) =>
  ({
    schema: secretText,
    type: 'string',
    default: null,
    secret: true,
    tenant: 'override',
    description: `API key with which calls of ${vendor}'s models are made; without it the operator's.`,
  }) as const satisfies ConfigKeySpec;

/**
 * Every configuration key there is: what it takes, what is in force without a value, and what organisations may do with it. A key stands here
 * only where something reads it.
 */
export const CONFIG_KEYS = {
  'keys.rate_limit_per_minute': {
    schema: z.int().min(1).max(KEY_PER_MINUTE_MAX),
    type: 'integer',
    default: 60,
    secret: false,
    tenant: 'override',
    description:
      'Requests per minute of a new key of the LLM gateway that says nothing else. The limits of the tier hold beside it.',
  },
  'keys.expire_after_days_max': {
    schema: z.int().min(1).max(KEY_LIFE_DAYS_MAX),
    type: 'integer',
    default: null,
    secret: false,
    tenant: 'override',
    description: 'Longest life of a new API key, in days, and its life where it says none; null for no limit.',
  },
  'invites.expire_after_days': {
    schema: z.int().min(1).max(INVITE_LIFE_DAYS_MAX),
    type: 'integer',
    default: 7,
    secret: false,
    tenant: 'override',
    description: `How long an invite can be accepted, in days, 1–${INVITE_LIFE_DAYS_MAX}.`,
  },
  'members.max': {
    schema: z.int().min(1).max(MEMBERS_LIMIT_MAX),
    type: 'integer',
    default: 100,
    secret: false,
    tenant: 'read',
    description: 'Members of an organisation at most, whatever their role, disabled ones counted.',
  },
  'security.sign_in_methods': {
    schema: z
      .array(z.enum(SIGN_IN_METHODS))
      .min(1)
      .refine((methods) => new Set(methods).size === methods.length, 'Must not repeat itself'),
    type: 'list',
    default: null,
    secret: false,
    tenant: 'override',
    description:
      'How members must have signed in to select the organisation: some of apple, google, github, email (a mailed code) and password; null for any way.',
  },
  'logs.retention_days': {
    schema: z.int().min(LOG_DAYS_MIN).max(LOG_DAYS_MAX),
    type: 'integer',
    default: null,
    secret: false,
    tenant: 'override',
    description:
      'How long the record of each request of the organisation is kept, in days, at least 2; null, or more than the installation keeps (`USAGE_RETENTION_DAYS`), for as long as that. Sums stay.',
  },
  'alerts.email': {
    schema: field.email,
    type: 'string',
    default: null,
    secret: false,
    tenant: 'override',
    description:
      'Who else is mailed what owners are: failed payments, an ended subscription, a store or an export that fails, a grave violation of a policy; null for nobody.',
  },
  'alerts.webhook_url': {
    schema: z
      .url({ protocol: /^https?$/, error: 'Must be an https URL' })
      .max(WEBHOOK_CHARS_MAX)
      .refine(
        (url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === '',
        'Must not hold a password',
      ),
    type: 'string',
    default: null,
    secret: false,
    called: true,
    tenant: 'override',
    description:
      'Where alerts are posted as well, as https://www.standardwebhooks.com has it: at https and a public address; null for nowhere.',
  },
  'alerts.webhook_secret': {
    schema: secretText,
    type: 'string',
    default: null,
    secret: true,
    tenant: 'override',
    description:
      'What alerts to `alerts.webhook_url` are signed with: `whsec_` and base64, or any other text as it is. Without it they are not signed.',
  },
  'branding.name': {
    schema: lineOfText(BRAND_CHARS_MAX),
    type: 'string',
    default: null,
    secret: false,
    tenant: 'hidden',
    description: 'What mails call the product; null for `MAIL_PRODUCT_NAME`.',
  },
  'branding.support_email': {
    schema: field.email,
    type: 'string',
    default: null,
    secret: false,
    tenant: 'hidden',
    description: 'Where mails say that help is to be had; null for nowhere.',
  },
  'llm.providers.enabled': {
    schema: z
      .array(z.enum(LLM_PROVIDERS))
      .refine((providers) => new Set(providers).size === providers.length, 'Must not repeat itself'),
    type: 'list',
    default: null,
    secret: false,
    tenant: 'override',
    description: 'Vendors of language models that may be called, whatever a key allows; null for all that there are.',
  },
  'llm.hold_default_output_tokens': {
    schema: z.int().min(1).max(OUTPUT_TOKENS_MAX),
    type: 'integer',
    default: 1_024,
    secret: false,
    tenant: 'override',
    description: 'For how many tokens credits are held of an answer whose length a request does not bound.',
  },
  'llm.disconnect': {
    schema: z.enum(['drain', 'cancel']),
    type: 'string',
    default: null,
    secret: false,
    tenant: 'override',
    description:
      'What becomes of an answer whose client leaves: read to its end and charged by the vendor’s count (`drain`), or broken off and charged by what was delivered (`cancel`); null for `LLM_DISCONNECT`.',
  },
  'llm.unknown_model': {
    schema: z.enum(['refuse', 'charge_max']),
    type: 'string',
    default: 'refuse',
    secret: false,
    tenant: 'read',
    description:
      'A model without a price: refused, or charged at the dearest rate that any model of its vendor has (`charge_max`).',
  },
  'llm.policy_fail': {
    schema: z.enum(['closed', 'open']),
    type: 'string',
    default: 'closed',
    secret: false,
    tenant: 'override',
    description:
      'While the policies of an organisation cannot be read, its calls are refused (`closed`), or made under the operator’s alone (`open`).',
  },
  'providers.openai.api_key': providerKey('OpenAI'),
  'providers.anthropic.api_key': providerKey('Anthropic'),
  'providers.google.api_key': providerKey('Google'),
  'providers.azure.api_key': providerKey('Azure OpenAI'),
} as const satisfies Readonly<Record<string, ConfigKeySpec>>;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** The value of a key, as its consumers read it: null where the default is none. */
export type ConfigValue<K extends ConfigKey> =
  | z.output<(typeof CONFIG_KEYS)[K]['schema']>
  | ((typeof CONFIG_KEYS)[K]['default'] extends null ? null : never);

/** Values by key. */
export type ConfigValues<K extends ConfigKey = ConfigKey> = { readonly [Key in K]: ConfigValue<Key> };

export const configKeys = Object.keys(CONFIG_KEYS) as ConfigKey[];

/** What the registry says of a key, with the types of single keys forgotten. */
export function configKeySpec(key: ConfigKey): ConfigKeySpec {
  return CONFIG_KEYS[key];
}

/** Whether a text names a key of the registry. */
export function isConfigKey(text: string): text is ConfigKey {
  return Object.hasOwn(CONFIG_KEYS, text);
}

/** The key under which an organisation keeps its own API key of a provider. */
export function providerConfigKey<P extends LlmProvider>(provider: P): `providers.${P}.api_key` {
  return `providers.${provider}.api_key`;
}

/** The keys of all providers. */
export const PROVIDER_CONFIG_KEYS = LLM_PROVIDERS.map(providerConfigKey);
