import { errorStyleOf, LEAST_ROLE } from '@turnpike/contracts';
import { compilePattern } from '../domain/path-pattern.ts';
import type { ChargeRule, Route, RouteAccess, RouteLimit } from '../domain/route.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';
import { perMinute } from '../domain/windows.ts';
import type { RouteSettings, RoutesFile, UpstreamSettings } from './routes-file-schema.ts';

/** Variables that the file's upstreams name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const ACCESS: Readonly<Record<RouteSettings['auth'], RouteAccess>> = {
  required: 'user',
  optional: 'optional',
  public: 'public',
};
/** Largest request body where the file does not say, in bytes. */
const BODY_BYTES_MAX = 10_485_760;
/** The same of a charged route. */
const CHARGED_BODY_BYTES_MAX = 262_144;

/** Where the environment, or the file, says that an upstream is. */
export function addressesOf(settings: UpstreamSettings, environment: Environment): string[] {
  return valuesOf(environment[settings.url] || settings.defaultUrl);
}

/** A list separated by commas. */
export function valuesOf(text = ''): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Several values of a secret rotate it: the first is sent or signs, all are accepted. */
export function firstValueOf(text: string | undefined): string | undefined {
  return valuesOf(text)[0];
}

/** The origin of a URL that names nothing but one, or `undefined`. */
export function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return bare && (url.protocol === 'http:' || url.protocol === 'https:') ? url.origin : undefined;
}

/** The routes of a checked file. */
export function routesOf(file: RoutesFile): Route[] {
  return file.routes.map((settings) => ({
    id: settings.id,
    pattern: compilePattern(settings.path),
    methods: settings.methods === 'any' ? undefined : new Set(settings.methods),
    access: ACCESS[settings.auth],
    apiKeys: settings.scope !== 'none',
    scope: scopeOf(settings),
    // Whoever spends an organisation's credits is at least a member.
    minRole: settings.charge === 'none' ? undefined : LEAST_ROLE['metered.call'],
    operator: undefined,
    acceptsScoped: true,
    ownBearer: false,
    upstream: settings.upstream,
    charge: chargeOf(settings),
    limit: limitOf(settings),
    familyLimit: undefined,
    endsAccess: false,
    bodyBytesMax: settings.bodyBytesMax ?? (settings.charge === 'none' ? BODY_BYTES_MAX : CHARGED_BODY_BYTES_MAX),
    webSocket: settings.webSocket,
    headersTimeoutMs: settings.headersTimeoutMs,
    heartbeatMs: settings.heartbeatMs,
    errorStyle: errorStyleOf(settings.path),
    provider: undefined,
  }));
}

/** What a call costs; nothing where it is free. */
export function chargeOf({ charge }: RouteSettings): ChargeRule | undefined {
  if (charge === 'none') return undefined;
  const parameters = Object.entries(charge.from).map(([name, source]) => ({
    name,
    member: source.body,
    fallback: source.default,
  }));
  return { operation: charge.operation, parameters };
}

/** The scope that an API key needs, where the route asks for one by name. */
export function scopeOf({ scope }: RouteSettings): string | undefined {
  return scope === 'none' || scope === 'any' ? undefined : scope;
}

function limitOf({ limit, id }: RouteSettings): RouteLimit | undefined {
  return limit === 'tier' ? undefined : { per: limit.per, windows: [perMinute(limit.perMinute, id)] };
}

/** The upstreams of a checked file, with addresses and keys taken from the environment. */
export function upstreamsOf(file: RoutesFile, environment: Environment): UpstreamDefinition[] {
  return Object.entries(file.upstreams).map(([name, settings]) => ({
    name,
    addresses: addressesOf(settings, environment).flatMap((address) => originOf(address) ?? []),
    serviceKey: firstValueOf(environment[settings.serviceKey]),
    signingSecret: firstValueOf(environment[settings.signingSecret]),
    firstParty: false,
    trusted: settings.trusted,
    connectTimeoutMs: settings.connectTimeoutMs,
    headersTimeoutMs: settings.headersTimeoutMs,
    idleTimeoutMs: settings.idleTimeoutMs,
    retriesMax: settings.retries,
    connectionsMax: settings.connectionsMax,
    queueMax: settings.queueMax,
    queueTimeoutMs: settings.queueTimeoutMs,
    breaker: { failuresMax: settings.breaker.failures, openMs: settings.breaker.openMs },
    healthCheck: settings.healthCheck,
  }));
}
