import { errorStyleOf, OPERATION_NAME } from '@turnpike/contracts';
import { weakness } from '@turnpike/service-kit';
import { defaultOperation } from '../domain/operation.ts';
import { compilePattern } from '../domain/path-pattern.ts';
import type { ChargeRule, Route, RouteAccess, RouteLimit } from '../domain/route.ts';
import { perMinute } from '../domain/tiers.ts';
import type { UpstreamDefinition } from '../domain/upstream-definition.ts';
import type { RoutesFault } from './read-routes-file.ts';
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
/** Most that the file may say for a charged route, in bytes: such bodies may be kept in memory. */
const KEPT_BODY_BYTES_MAX = 67_108_864;
const PLACEHOLDER = /\{([a-z]+)\}/g;

/** What the shape of a routes file does not show: unknown upstreams, bad patterns, unusable addresses, unfilled placeholders. */
export function checkRoutesFile(file: RoutesFile, environment: Environment, production: boolean): RoutesFault[] {
  const ids = new Set<string>();
  const routeFaults = file.routes.flatMap((route, index) => {
    const repeated = ids.has(route.id) ? [{ path: ['routes', index, 'id'], message: `${route.id} is used twice` }] : [];
    ids.add(route.id);
    return [...repeated, ...faultsOfRoute(route, index, file)];
  });
  const upstreamFaults = Object.entries(file.upstreams).flatMap(([name, settings]) =>
    faultsOfUpstream(name, settings, environment, production),
  );
  return [...upstreamFaults, ...routeFaults];
}

function faultsOfRoute(route: RouteSettings, index: number, file: RoutesFile): RoutesFault[] {
  const faults: RoutesFault[] = [];
  const fault = (key: string, message: string): void => void faults.push({ path: ['routes', index, key], message });
  if (!(route.upstream in file.upstreams)) fault('upstream', `there is no upstream ${route.upstream}`);
  try {
    compilePattern(route.path);
  } catch (error) {
    fault('path', error instanceof Error ? error.message : 'is no pattern');
  }
  if (route.charge !== 'none') {
    if ((route.bodyBytesMax ?? 0) > KEPT_BODY_BYTES_MAX)
      fault('bodyBytesMax', `a charged route keeps bodies in memory, of at most ${KEPT_BODY_BYTES_MAX} bytes`);
    if (route.auth !== 'required')
      fault('charge', 'a route that costs credits needs auth: required, or nobody could be charged');
    const used = [...route.charge.operation.matchAll(PLACEHOLDER)].map((match) => match[1]);
    for (const name of used)
      if (!(String(name) in route.charge.from)) fault('charge', `nothing fills the placeholder {${name}}`);
    for (const name of Object.keys(route.charge.from))
      if (!used.includes(name)) fault('charge', `the operation has no placeholder {${name}}`);
    const rule = chargeOf(route);
    const operation = rule && defaultOperation(rule);
    if (faults.length === 0 && operation !== undefined && !OPERATION_NAME.test(operation))
      fault(
        'charge',
        `no price can be set for ${operation}: operations are 1–64 lower-case letters, digits, and _ . : -`,
      );
  }
  if (route.limit !== 'tier' && route.limit.per === 'address' && route.auth !== 'public') {
    fault('limit', 'per: address is for public routes; where callers are known, count per: principal');
  }
  if (scopeOf(route) !== undefined && route.auth === 'public')
    fault('scope', 'a public route reads no credential, so it cannot ask for a scope: say none');
  return faults;
}

function faultsOfUpstream(
  name: string,
  settings: UpstreamSettings,
  environment: Environment,
  production: boolean,
): RoutesFault[] {
  const faults: RoutesFault[] = [];
  const addresses = addressesOf(settings, environment);
  if (addresses.length === 0)
    faults.push({
      path: ['upstreams', name, 'url'],
      message: `${settings.url} is not set, and there is no defaultUrl`,
    });
  for (const address of addresses) {
    if (originOf(address) === undefined)
      faults.push({
        path: ['upstreams', name, 'url'],
        message: `${settings.url} must hold http(s) origins without path or credentials`,
      });
  }
  for (const key of ['serviceKey', 'signingSecret'] as const) {
    const fault = faultOfSecret(key, firstValueOf(environment[settings[key]]), environment, production);
    if (fault !== undefined) faults.push({ path: ['upstreams', name, key], message: `${settings[key]} ${fault}` });
  }
  return faults;
}

function faultOfSecret(
  key: 'serviceKey' | 'signingSecret',
  secret: string | undefined,
  environment: Environment,
  production: boolean,
): string | undefined {
  // A backend without the key refuses by itself; without a signature nothing would tell it whom to believe.
  if (secret === undefined && key === 'signingSecret') return 'is not set, and what is forwarded is signed with it';
  if (secret === undefined) return production ? 'is not set, and production needs it' : undefined;
  if (valuesOf(environment['INTERNAL_SIGNING_SECRET']).includes(secret))
    return 'is INTERNAL_SIGNING_SECRET, which no backend may know';
  return production ? weakness(secret) : undefined;
}

function addressesOf(settings: UpstreamSettings, environment: Environment): string[] {
  return valuesOf(environment[settings.url] || settings.defaultUrl);
}

function valuesOf(text = ''): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Several values of a secret rotate it: the first is sent or signs, all are accepted. */
function firstValueOf(text: string | undefined): string | undefined {
  return valuesOf(text)[0];
}

/** The origin of a URL that names nothing but one, or `undefined`. */
function originOf(text: string): string | undefined {
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
    upstream: settings.upstream,
    charge: chargeOf(settings),
    limit: limitOf(settings),
    endsAccess: false,
    bodyBytesMax: settings.bodyBytesMax ?? (settings.charge === 'none' ? BODY_BYTES_MAX : CHARGED_BODY_BYTES_MAX),
    webSocket: settings.webSocket,
    headersTimeoutMs: settings.headersTimeoutMs,
    heartbeatMs: settings.heartbeatMs,
    errorStyle: errorStyleOf(settings.path),
  }));
}

function chargeOf({ charge }: RouteSettings): ChargeRule | undefined {
  if (charge === 'none') return undefined;
  const parameters = Object.entries(charge.from).map(([name, source]) => ({
    name,
    member: source.body,
    fallback: source.default,
  }));
  return { operation: charge.operation, parameters };
}

/** The scope that an API key needs, where the route asks for one by name. */
function scopeOf({ scope }: RouteSettings): string | undefined {
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
