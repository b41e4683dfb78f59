/** Vendors of language models whose own APIs the LLM gateway speaks. */
export const LLM_PROVIDERS = ['openai', 'anthropic', 'google', 'azure'] as const;
export type LlmProvider = (typeof LLM_PROVIDERS)[number];

/** Where the LLM gateway begins; `/<provider>/` follows, then the vendor's own path. */
export const LLM_PREFIX = '/trueportai-services';
/** The scope an API key needs to call models. */
export const LLM_SCOPE = 'llm:invoke';
/** Calls a minute of a key that has no limit of its own. */
export const LLM_KEY_REQUESTS_PER_MINUTE = 60;
/** Largest request body of a call, in bytes. */
export const LLM_BODY_BYTES_MAX = 33_554_432;

const PROVIDER_PATH = new RegExp(`^${LLM_PREFIX}/(${LLM_PROVIDERS.join('|')})(?=[/?]|$)`, 'i');
/** Google's own endpoint in the style of OpenAI. */
const COMPATIBLE_PATH = new RegExp(`^${LLM_PREFIX}/google/v1(?:beta|alpha)?/openai/`, 'i');

/** The provider whose API a path belongs to, in any letter case; `undefined` outside the LLM gateway's proxy routes. */
export function llmProviderOf(path: string): LlmProvider | undefined {
  const name = PROVIDER_PATH.exec(path)?.[1]?.toLowerCase();
  return LLM_PROVIDERS.find((provider) => provider === name);
}

/** How errors are worded at a path of the LLM gateway's proxy routes: as that vendor's own SDK reads them. */
export function nativeStyleOf(path: string): 'openai' | 'anthropic' | 'google' | undefined {
  const provider = llmProviderOf(path);
  if (provider === 'azure' || (provider === 'google' && COMPATIBLE_PATH.test(path))) return 'openai';
  return provider;
}
