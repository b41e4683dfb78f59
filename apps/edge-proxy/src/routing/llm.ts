import { LLM_BODY_BYTES_MAX, LLM_PREFIX, LLM_PROVIDERS, LLM_SCOPE, nativeStyleOf } from '@turnpike/contracts';
import { compilePattern } from '../domain/path-pattern.ts';
import type { Route } from '../domain/route.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';

/** The upstream of the LLM gateway's proxy routes. */
const LLM_UPSTREAM = 'turnpike:llm';

/** Streams last minutes and take a connection each, so there are many more than of other services. */
const CONNECTIONS_MAX = 5_000;
const QUEUE_MAX = 1_024;
const QUEUE_TIMEOUT_MS = 10_000;
/** The longest that the vendors' SDKs wait, in milliseconds. */
const ANSWER_TIMEOUT_MS = 600_000;

/** Google's endpoint in the style of OpenAI answers errors as that does. */
const PATHS = [
  ...LLM_PROVIDERS.map((provider) => ({ provider, path: `${LLM_PREFIX}/${provider}/**` })),
  ...['v1', 'v1beta', 'v1alpha'].map((version) => ({
    provider: 'google' as const,
    path: `${LLM_PREFIX}/google/${version}/openai/**`,
  })),
];

/** Every path of a vendor's API; the LLM gateway decides which of them there are. */
export function llmRoutes(): Route[] {
  return PATHS.map(({ provider, path }) => ({
    id: `llm.proxy.${path.slice(LLM_PREFIX.length + 1, -'/**'.length).replaceAll('/', '.')}`,
    pattern: compilePattern(path),
    methods: undefined,
    access: 'user',
    apiKeys: true,
    scope: LLM_SCOPE,
    minRole: undefined,
    operator: undefined,
    acceptsScoped: true,
    ownBearer: false,
    upstream: LLM_UPSTREAM,
    charge: undefined,
    limit: undefined,
    familyLimit: undefined,
    endsAccess: false,
    bodyBytesMax: LLM_BODY_BYTES_MAX,
    webSocket: false,
    headersTimeoutMs: undefined,
    // The LLM gateway knows what it streams, and sends them itself.
    heartbeatMs: undefined,
    errorStyle: nativeStyleOf(path) ?? 'openai',
    provider,
  }));
}

/** The LLM gateway as an upstream. A call of a model is never repeated: it may have been made, and paid. */
export function llmUpstream(
  url: string,
  { serviceKey, signingSecret }: Pick<UpstreamDefinition, 'serviceKey' | 'signingSecret'>,
): UpstreamDefinition {
  return {
    name: LLM_UPSTREAM,
    addresses: [url],
    serviceKey,
    signingSecret,
    firstParty: true,
    trusted: false,
    connectTimeoutMs: 1_000,
    headersTimeoutMs: ANSWER_TIMEOUT_MS,
    idleTimeoutMs: ANSWER_TIMEOUT_MS,
    retriesMax: 0,
    connectionsMax: CONNECTIONS_MAX,
    queueMax: QUEUE_MAX,
    queueTimeoutMs: QUEUE_TIMEOUT_MS,
    breaker: { failuresMax: 10, openMs: 1_000 },
    healthCheck: undefined,
  };
}
