import type { LlmProvider } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';

/** Paths of the vendors that are known and not offered. `*` stands for one segment; what stands behind is meant as well. */
interface Family {
  readonly paths: readonly string[];
  /** A sentence. */
  readonly why: string;
  /** To make something here would have to be charged, and there is no price for it. */
  readonly unpriced?: boolean;
}

const ADMINISTERED = 'It administers the account at the provider, which is not the caller’s.';
const SECRETS = 'It makes secrets or sockets with which the provider could be called past this gateway.';
const TRAINED = 'It trains and keeps models under the account at the provider, for prices that no answer tells.';
const WORKERS = 'It has agents work under the account at the provider, and no answer tells what they used.';
const VIDEOS = 'Videos are sold by the second, of which the price list has no price.';

const FAMILIES: Readonly<Record<'openai' | 'anthropic' | 'google', readonly Family[]>> = {
  openai: [
    { paths: ['videos'], why: VIDEOS, unpriced: true },
    { paths: ['audio/voices', 'audio/voice_consents'], why: 'Voices of people are kept by nobody here.' },
    { paths: ['realtime', 'live'], why: SECRETS },
    { paths: ['fine_tuning'], why: TRAINED },
    { paths: ['agents', 'assistants', 'threads', 'chatkit', 'evals', 'skills'], why: WORKERS },
    {
      paths: ['organization', 'projects', 'webhook_endpoints', 'webhook_event_types', 'vaults', 'safety'],
      why: ADMINISTERED,
    },
  ],
  anthropic: [
    { paths: ['agents', 'sessions', 'environments', 'deployments', 'dreams', 'memory_stores'], why: WORKERS },
    { paths: ['organizations', 'vaults', 'user_profiles'], why: ADMINISTERED },
  ],
  google: [
    {
      paths: ['cachedContents'],
      why: 'To keep a cache costs by the token and hour, of which the price list has no price. What Google caches by itself is charged at its lower price.',
      unpriced: true,
    },
    { paths: ['models/*:predictLongRunning', 'models/*/operations', 'operations'], why: VIDEOS, unpriced: true },
    {
      paths: ['fileSearchStores', 'ragStores', 'corpora'],
      why: 'To index a file costs by tokens that no answer tells.',
      unpriced: true,
    },
    { paths: ['tunedModels'], why: TRAINED },
    { paths: ['auth_tokens', 'authTokens', 'credentials', 'ws'], why: SECRETS },
    { paths: ['agents', 'environments', 'triggers'], why: WORKERS },
    { paths: ['files:register', 'webhooks'], why: ADMINISTERED },
    {
      paths: ['openai/images', 'openai/videos', 'openai/files', 'openai/batches'],
      why: 'Google tells no usage under this address. Use its own API.',
    },
  ],
};

const VERSION: Readonly<Record<'openai' | 'anthropic' | 'google', RegExp>> = {
  openai: /^v1\//,
  anthropic: /^(?:v1\/){1,2}/,
  google: /^(?:upload\/)?(?:v1|v1beta|v1alpha)\/(?:(?:v1|v1beta|v1alpha)\/)?/,
};
const OF_AZURE = /^[^/]+\/[^/]+\/(?:openai\/)?(?:v1\/|deployments\/[^/]+\/)?/;

/** Why a path that `classify` does not know is refused: with its reason, where it is one of the vendor's. */
export function unoffered(provider: LlmProvider, method: string, path: string): AppError {
  const vendor = provider === 'azure' ? 'openai' : provider;
  const call = path.replace(provider === 'azure' ? OF_AZURE : VERSION[vendor], '');
  const family = FAMILIES[vendor].find(({ paths }) => paths.some((each) => isOf(call, each)));
  if (family === undefined)
    return new AppError('route.not_found', {
      detail: 'This gateway does not offer this path. docs/llm.md lists what it does, and why.',
    });
  const detail = `This gateway does not offer this path. ${family.why}`;
  return new AppError(family.unpriced === true && method === 'POST' ? 'llm.model_not_priced' : 'llm.not_offered', {
    detail,
  });
}

function isOf(call: string, path: string): boolean {
  const [wanted, got] = [path.split(/(?=[/:])/), call.split(/(?=[/:])/)];
  return wanted.every((part, index) => part === got[index] || (part === '/*' && got[index]?.startsWith('/') === true));
}
