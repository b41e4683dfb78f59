import type { Route } from './route.ts';

/** Methods that may be forwarded. CONNECT and TRACE never are (RFC 9110 §9.3.6, §9.3.8). */
export const FORWARDED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const FORWARDED: ReadonlySet<string> = new Set(FORWARDED_METHODS);

export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route }
  | { readonly kind: 'wrong-method'; readonly allow: string; readonly nearest: Route }
  | { readonly kind: 'unknown' };

const UNKNOWN: RouteMatch = { kind: 'unknown' };
/** Segments of a path that choose the bucket of candidate routes. */
const BUCKET_SEGMENTS = 3;

/**
 * All routes of an edge, immutable: a reload makes a new table. Candidates are kept in order of their pattern's rank, so the first that
 * fits path and method is the most exact one.
 */
export class RouteTable {
  readonly routes: readonly Route[];
  readonly #buckets = new Map<string, readonly Route[]>();
  /** Routes whose literal prefix is shorter than a bucket's; every path is tried on these. */
  readonly #wide: readonly Route[];

  /** Throws an `Error` when two routes claim one method of one pattern, since only one could ever be reached. */
  constructor(routes: readonly Route[]) {
    this.routes = routes.toSorted((a, b) => (a.pattern.rank < b.pattern.rank ? 1 : -1));
    refuseDoubles(this.routes);
    const isWide = (route: Route): boolean => !route.pattern.literal && depth(route.pattern.prefix) < BUCKET_SEGMENTS;
    this.#wide = this.routes.filter(isWide);
    for (const name of new Set(
      this.routes.filter((route) => !isWide(route)).map((route) => bucketOf(route.pattern.prefix)),
    )) {
      const members = this.routes.filter((route) => isWide(route) || bucketOf(route.pattern.prefix) === name);
      this.#buckets.set(name, members);
    }
  }

  /** The route for a method and a `RequestTarget.matchPath`. */
  match(method: string, matchPath: string): RouteMatch {
    let nearest: Route | undefined;
    let allowed: Set<string> | undefined;
    const candidates = this.#buckets.get(bucketOf(matchPath)) ?? this.#wide;
    for (const route of candidates) {
      if (!route.pattern.regex.test(matchPath)) continue;
      if (admits(route, method)) return { kind: 'found', route };
      nearest ??= route;
      allowed ??= new Set();
      for (const each of route.methods ?? FORWARDED_METHODS) allowed.add(each);
    }
    if (nearest === undefined || allowed === undefined) return UNKNOWN;
    if (allowed.has('GET')) allowed.add('HEAD');
    return { kind: 'wrong-method', allow: [...allowed].toSorted().join(', '), nearest };
  }
}

/** HEAD is allowed wherever GET is, as servers answer it from the same handler (RFC 9110 §9.3.2). */
function admits(route: Route, method: string): boolean {
  if (route.methods === undefined) return FORWARDED.has(method);
  return route.methods.has(method) || (method === 'HEAD' && route.methods.has('GET'));
}

function depth(path: string): number {
  return path.split('/').length - 1;
}

/** The first segments of a path, as a key. */
function bucketOf(path: string): string {
  let end = 0;
  for (let segment = 0; segment < BUCKET_SEGMENTS; segment += 1) {
    end = path.indexOf('/', end + 1);
    if (end === -1) return path;
  }
  return path.slice(0, end);
}

function refuseDoubles(routes: readonly Route[]): void {
  const claims = new Map<string, string>();
  for (const route of routes) {
    for (const method of route.methods ?? FORWARDED_METHODS) {
      const claim = `${method} ${route.pattern.regex.source}`;
      const other = claims.get(claim);
      if (other !== undefined)
        throw new Error(`routes ${other} and ${route.id} both claim ${method} ${route.pattern.source}`);
      claims.set(claim, route.id);
    }
  }
}
