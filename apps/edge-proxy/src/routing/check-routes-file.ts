import { OPERATION_NAME } from '@turnpike/contracts';
import { weakness } from '@turnpike/service-kit/secrets';
import { defaultOperation } from '../domain/operation.ts';
import { compilePattern, type PathPattern } from '../domain/path-pattern.ts';
import { FORWARDED_METHODS } from '../domain/route-table.ts';
import type { Route } from '../domain/route.ts';
import {
  addressesOf,
  chargeOf,
  firstValueOf,
  originOf,
  scopeOf,
  valuesOf,
  type Environment,
} from './compile-routes-file.ts';
import type { RoutesFault, SoundParts } from './read-routes-file.ts';
import type { RouteSettings, UpstreamSettings } from './routes-file-schema.ts';

/** Most that the file may say for a charged route, in bytes: such bodies may be kept in memory. */
const KEPT_BODY_BYTES_MAX = 67_108_864;
const PLACEHOLDER = /\{([a-z]+)\}/g;

/** Where a routes file is to be used. */
export interface Surroundings {
  /** Variables that the file's upstreams name; `undefined` where it is checked elsewhere than it will be used. */
  readonly environment: Environment | undefined;
  readonly production: boolean;
  /** Routes that are there already: the edge's own and those of our services. */
  readonly taken: readonly Pick<Route, 'id' | 'pattern' | 'methods'>[];
}

/**
 * What the shape of a routes file does not show: unknown upstreams, bad patterns, routes of which one could never be reached, unfilled
 * placeholders, and, with an environment, unusable addresses and secrets.
 */
export function checkRoutesFile(
  { upstreams, upstreamNames, routes }: SoundParts,
  { environment, production, taken }: Surroundings,
): RoutesFault[] {
  const ids = new Set<string>();
  const claims = new Claims(taken);
  const routeFaults = routes.flatMap(({ index, settings }) => {
    const at = (key: string, message: string): RoutesFault => ({ path: ['routes', index, key], message });
    const repeated = ids.has(settings.id) ? [at('id', `${settings.id} is used twice`)] : [];
    ids.add(settings.id);
    const pattern = patternOf(settings.path);
    const misplaced =
      typeof pattern === 'string'
        ? [at('path', pattern)]
        : claims.make(settings, pattern).map((message) => at('path', message));
    return [...repeated, ...misplaced, ...faultsOfRoute(settings, index, upstreamNames)];
  });
  if (environment === undefined) return routeFaults;
  return [
    ...upstreams.flatMap(([name, settings]) => faultsOfUpstream(name, settings, environment, production)),
    ...routeFaults,
  ];
}

/** The pattern, or what is wrong with it. */
function patternOf(path: string): PathPattern | string {
  try {
    return compilePattern(path);
  } catch (error) {
    return error instanceof Error ? error.message : 'is no pattern';
  }
}

/** Who has which method of which pattern. */
class Claims {
  readonly #owners = new Map<string, string>();

  constructor(taken: Surroundings['taken']) {
    for (const { id, pattern, methods } of taken)
      for (const method of methods ?? FORWARDED_METHODS) this.#owners.set(claimOf(method, pattern), id);
  }

  /** Takes what a route asks for; a sentence for each other route that had a part of it. */
  make({ id, methods, path }: RouteSettings, pattern: PathPattern): string[] {
    const lost = new Map<string, string[]>();
    for (const method of methods === 'any' ? FORWARDED_METHODS : methods) {
      const claim = claimOf(method, pattern);
      const owner = this.#owners.get(claim);
      if (owner === undefined) this.#owners.set(claim, id);
      else lost.set(owner, [...(lost.get(owner) ?? []), method]);
    }
    return [...lost].map(([owner, taken]) => `${taken.join(', ')} ${path} is route ${owner} already`);
  }
}

function claimOf(method: string, pattern: PathPattern): string {
  return `${method} ${pattern.regex.source}`;
}

function faultsOfRoute(route: RouteSettings, index: number, upstreamNames: ReadonlySet<string>): RoutesFault[] {
  const faults: RoutesFault[] = [];
  const fault = (key: string, message: string): void => void faults.push({ path: ['routes', index, key], message });
  if (!upstreamNames.has(route.upstream)) fault('upstream', `there is no upstream ${route.upstream}`);
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
