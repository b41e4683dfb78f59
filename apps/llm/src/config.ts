import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { PolicySet } from '@turnpike/policies';
import {
  commonSettings,
  ConfigError,
  databaseSettings,
  env,
  loadConfig,
  recordSettings,
  redisSettings,
  trustSettings,
} from '@turnpike/service-kit';
import { extraPath } from './paths/extra-paths.ts';
import { policiesFile } from './policies/operator-policies.ts';
import { nanoUsd, priceFile, type PriceFile } from './prices/price-list.ts';

const SHIPPED_PRICES = fileURLToPath(new URL('../prices.json', import.meta.url));
const RESOURCE = /^[a-z0-9][a-z0-9-]{1,62}$/;

const azureResources = z.record(
  z.string().regex(RESOURCE, 'must be the name of an Azure resource'),
  z.object({
    base_url: z.url({ protocol: /^https?$/ }).optional(),
    api_key: z.string().min(1).optional(),
    deployments: z.record(z.string(), z.string()).default({}),
  }),
);
const secretText = (description: string) => z.string().min(1).optional().meta({ description, secret: 'foreign' });

export const settings = z.object({
  ...commonSettings,
  ...trustSettings,
  ...databaseSettings('turnpike_llm'),
  ...redisSettings,
  ...recordSettings,
  LLM_PORT: env.port(8084).describe('Port to listen on; 0 picks a free one.'),
  USERS_URL: env
    .url('http://127.0.0.1:8082')
    .describe('Where users answers, for the keys of providers that organisations keep.'),
  CREDITS_URL: env.url('http://127.0.0.1:8083').describe('Where credits answers.'),
  USAGE_URL: env
    .url('http://127.0.0.1:8085')
    .describe('Where usage answers, for the records that violations belong to.'),
  CREDITS_TIMEOUT_MS: env.int(2_000, 50, 60_000).describe('How long a call waits for credits, in milliseconds.'),
  OPENAI_API_KEY: secretText(
    'Key of the account at OpenAI that calls are made with; without it OpenAI is not offered.',
  ),
  OPENAI_BASE_URL: env.url('https://api.openai.com').describe('Where OpenAI answers.'),
  OPENAI_ORGANIZATION: z.string().min(1).optional().describe('The organisation at OpenAI that is billed.'),
  OPENAI_PROJECT: z.string().min(1).optional().describe('The project at OpenAI that is billed.'),
  ANTHROPIC_API_KEY: secretText('The same at Anthropic.'),
  ANTHROPIC_BASE_URL: env.url('https://api.anthropic.com').describe('Where Anthropic answers.'),
  GEMINI_API_KEY: secretText('The same at Google.'),
  GEMINI_BASE_URL: env.url('https://generativelanguage.googleapis.com').describe('Where Google answers.'),
  AZURE_OPENAI_RESOURCES: env.json(azureResources).default({}).meta({
    description:
      'JSON: Azure resources by name, `{"<resource>":{"base_url"?,"api_key","deployments":{"<deployment>":"<model>"}}}`; the model is what a deployment is priced by. Only these are offered; one without a key only to organisations that have a key of their own.',
    secret: 'foreign',
  }),
  LLM_PRICES_FILE: z
    .string()
    .optional()
    .describe('JSON in the form of `apps/llm/prices.json`, laid over it: prices of further models, or other ones.'),
  LLM_EXTRA_PATHS: env
    .json(z.array(extraPath))
    .default([])
    .describe(
      'JSON: paths of vendors that are opened beside those that are offered, `[{"provider":"openai","method":"GET","path":"v1/things/*","class":"free"}]`; `tokens` are held and charged by the usage that the answer tells, `free` cost nothing. What they make is nobody’s in particular.',
    ),
  LLM_POLICIES_FILE: z
    .string()
    .optional()
    .describe('JSON: policies for the calls of everybody, a list of rules as docs/policies.md describes them.'),
  LLM_VIOLATIONS_RETENTION_DAYS: env
    .int(90, 1, 3_650)
    .describe('How long violations of policies are kept, and policies that were deleted, in days.'),
  LLM_DETECTORS_ANYWHERE: env
    .flag(false)
    .describe(
      'Whether detectors that organisations name may have private addresses: for local stacks and tests. Those of LLM_POLICIES_FILE may anyway.',
    ),
  USD_PER_CREDIT: z
    .string()
    .regex(/^\d{1,6}(?:\.\d{1,9})?$/, 'must be US dollars such as 0.01')
    .refine((text) => Number(text) > 0, 'must be more than 0')
    .default('0.01')
    .describe('What one credit is worth, in US dollars.'),
  LLM_MARGIN_PERCENT: env.int(0, 0, 10_000).describe("What is added to the vendors' prices, in percent."),
  LLM_HEARTBEAT_MS: env
    .int(15_000, 100, 600_000)
    .describe('Silence of a stream after which a comment is sent, in milliseconds.'),
  LLM_DISCONNECT: z
    .enum(['drain', 'cancel'])
    .default('drain')
    .describe(
      'What becomes of a call whose client leaves: drain reads the rest, and charges what the vendor reports; cancel breaks it off, and charges what was delivered.',
    ),
  LLM_DRAIN_TIMEOUT_MS: env
    .int(60_000, 100, 600_000)
    .describe('How long the rest of an answer is read whose client has left, in milliseconds.'),
  LLM_DRAINS_MAX: env.int(256, 0, 100_000).describe('Such answers at once, for each process; more are broken off.'),
  LLM_UPSTREAM_TIMEOUT_MS: env
    .int(600_000, 100, 3_600_000)
    .describe('How long a vendor may take to begin an answer, and be silent in it, in milliseconds.'),
  LLM_BATCH_POLL_SECONDS: env
    .int(30, 1, 600)
    .describe(
      'How soon a batch that was just made is looked at again, in seconds; older ones are looked at after a twentieth of their age, ten minutes at most.',
    ),
  LLM_HELD_BYTES_MAX: env
    .int(33_554_432, 1_024, 536_870_912)
    .describe(
      'The most of an answer that is held until it is whole, in bytes: JSON, whose head then tells what it cost, and what policies look at as a whole. A longer one goes on as it comes, or is refused where it may not be shown unseen.',
    ),
  LLM_CONNECTIONS_MAX: env.int(5_000, 1, 100_000).describe('Connections to each vendor, for each process.'),
  HOLD_TTL_SECONDS: env
    .int(120, 2, 3_600)
    .describe('Life of a hold that nobody extends, in seconds; calls under way extend theirs.'),
  SETTLE_WAIT_MS: env
    .int(1_000, 0, 60_000)
    .describe(
      "How long a response's end waits for its settlement, in milliseconds; then that is put into Redis, and the response ends.",
    ),
});

/** The settings, and what they name. */
export type Config = z.output<typeof settings> & {
  /** In the order in which they are laid over each other. */
  readonly priceFiles: readonly PriceFile[];
  readonly nanoUsdPerCredit: bigint;
  readonly policies: PolicySet | undefined;
};

/** Settings of the LLM gateway; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  // LLM_PORT where several services share an environment, PORT where a platform gives each its own.
  const config = loadConfig(settings, { ...environment, LLM_PORT: environment['LLM_PORT'] || environment['PORT'] });
  const files = [SHIPPED_PRICES, ...(config.LLM_PRICES_FILE === undefined ? [] : [config.LLM_PRICES_FILE])];
  return Object.freeze({
    ...config,
    priceFiles: files.map((path) => readFile('LLM_PRICES_FILE', path, priceFile)),
    policies:
      config.LLM_POLICIES_FILE === undefined
        ? undefined
        : readFile('LLM_POLICIES_FILE', config.LLM_POLICIES_FILE, policiesFile),
    nanoUsdPerCredit: nanoUsd(config.USD_PER_CREDIT),
  });
}

function readFile<T extends z.ZodType>(setting: string, path: string, form: T): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${setting}: ${path} cannot be read as JSON`, { cause });
  }
  const read = form.safeParse(json);
  if (!read.success) throw new ConfigError(`${setting}: ${path} is not usable.\n${z.prettifyError(read.error)}`);
  return read.data;
}
