import {
  CONSOLE_REQUESTS_PER_MINUTE,
  firstPartyEndpoints,
  operatorNeeds,
  PLATFORM_REQUESTS_PER_MINUTE,
  styleOf,
  takesApiKeys,
  USAGE_REQUESTS_PER_MINUTE,
  type EndpointSpec,
  type Family,
  type Owner,
} from '@turnpike/contracts';
import { compilePattern } from '../domain/path-pattern.ts';
import type { FamilyLimit, Route } from '../domain/route.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';
import { perMinute, windowOf } from '../domain/windows.ts';
import { llmRoutes, llmUpstream } from './llm.ts';

/** Largest request body of an endpoint that states none, in bytes. */
const BODY_BYTES_MAX = 65_536;

/** The names under which Turnpike's own services are upstreams; a routes file cannot use them, since its names have no colon. */
export const firstPartyUpstream = (owner: Owner): string => `turnpike:${owner}`;

/** Whether an upstream is one of ours, or the edge itself. */
export function isOwnUpstream(name: string): boolean {
  return name.startsWith('turnpike:');
}

/**
 * The routes of Turnpike's own services, made from their contracts; what moves credits there does so inside credits, so
 * they cost nothing. Internal ones are absent when `exposeInternal` is false.
 */
export function firstPartyRoutes(exposeInternal: boolean): Route[] {
  return [
    ...firstPartyEndpoints
      .filter(({ owner, family }) => owner !== 'edge' && (exposeInternal || family !== 'internal'))
      .map(routeOf),
    ...llmRoutes(),
  ];
}

/** One for all routes of these families together, counted apart from the caller's tier. */
const MANAGEMENT: ReadonlySet<Family> = new Set(['platform', 'llm']);
const PLATFORM_LIMIT: FamilyLimit = {
  name: 'platform',
  countsKeys: true,
  windows: [perMinute(PLATFORM_REQUESTS_PER_MINUTE, 'platform')],
};

/** Looking at what is left must consume nothing of it: not the tier's limits, nor a key's own. */
const USAGE_LIMIT: FamilyLimit = {
  name: 'usage',
  countsKeys: false,
  windows: [perMinute(USAGE_REQUESTS_PER_MINUTE, 'usage')],
};

/** Whoever looks at their account in the console uses nothing of their limits by that. */
export const CONSOLE_LIMIT: FamilyLimit = {
  name: 'console',
  countsKeys: false,
  windows: [perMinute(CONSOLE_REQUESTS_PER_MINUTE, 'console')],
};

/** The limits that stand beside the tier's, by themselves. */
export const FAMILY_LIMITS: readonly FamilyLimit[] = [PLATFORM_LIMIT, USAGE_LIMIT];

/** What operators do is management, whatever family its path is of. */
function familyLimitOf({ access, family }: EndpointSpec): FamilyLimit | undefined {
  if (family === 'usage') return USAGE_LIMIT;
  return access === 'platform_admin' || MANAGEMENT.has(family) ? PLATFORM_LIMIT : undefined;
}

export function routeOf(endpoint: EndpointSpec): Route {
  const { rateLimit } = endpoint;
  return {
    id: endpoint.id,
    pattern: compilePattern(endpoint.path),
    methods: new Set([endpoint.method]),
    access: endpoint.access,
    apiKeys: takesApiKeys(endpoint),
    scope: endpoint.scope,
    minRole: endpoint.minRole,
    operator: endpoint.access === 'platform_admin' ? operatorNeeds(endpoint) : undefined,
    acceptsScoped: endpoint.access !== 'user' || endpoint.acceptsScoped === true,
    ownBearer: endpoint.ownBearer ?? false,
    upstream: firstPartyUpstream(endpoint.owner),
    charge: undefined,
    limit: rateLimit === undefined ? undefined : { ...rateLimit, windows: [windowOf(rateLimit, endpoint.id)] },
    familyLimit: familyLimitOf(endpoint),
    endsAccess: endpoint.endsAccess ?? false,
    bodyBytesMax: endpoint.bodyBytesMax ?? BODY_BYTES_MAX,
    webSocket: false,
    headersTimeoutMs: undefined,
    heartbeatMs: undefined,
    errorStyle: styleOf(endpoint.family),
    provider: undefined,
  };
}

export interface FirstPartyAddresses {
  readonly AUTH_URL: string;
  readonly USERS_URL: string;
  readonly CREDITS_URL: string;
  readonly LLM_URL: string;
  readonly USAGE_URL: string;
}

const CONNECTIONS_MAX = 256;
/** Requests that may wait for one of them, and how long, in milliseconds. */
const QUEUE_MAX = 1_024;
const QUEUE_TIMEOUT_MS = 10_000;

/** Turnpike's own services as upstreams. A timed-out call of theirs is not repeated: they answer fast or not at all. */
export function firstPartyUpstreams(
  urls: FirstPartyAddresses,
  { serviceKey, signingSecret }: Pick<UpstreamDefinition, 'serviceKey' | 'signingSecret'>,
): UpstreamDefinition[] {
  const addresses = {
    auth: urls.AUTH_URL,
    users: urls.USERS_URL,
    credits: urls.CREDITS_URL,
    usage: urls.USAGE_URL,
  } as const;
  const services = (['auth', 'users', 'credits', 'usage'] as const).map((owner) => ({
    name: firstPartyUpstream(owner),
    addresses: [addresses[owner]],
    serviceKey,
    signingSecret,
    firstParty: true,
    trusted: false,
    connectTimeoutMs: 1_000,
    headersTimeoutMs: 15_000,
    idleTimeoutMs: 15_000,
    retriesMax: 1,
    connectionsMax: CONNECTIONS_MAX,
    queueMax: QUEUE_MAX,
    queueTimeoutMs: QUEUE_TIMEOUT_MS,
    breaker: { failuresMax: 10, openMs: 1_000 },
    healthCheck: undefined,
  }));
  return [...services, llmUpstream(urls.LLM_URL, { serviceKey, signingSecret })];
}
