import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { firstPartyEndpoints } from '@turnpike/contracts';
import { parseTarget } from '../src/domain/request-target.ts';
import { RouteTable } from '../src/domain/route-table.ts';
import type { Route } from '../src/domain/route.ts';
import { checkRoutesFile } from '../src/routing/check-routes-file.ts';
import { routesOf } from '../src/routing/compile-routes-file.ts';
import { firstPartyRoutes } from '../src/routing/first-party.ts';
import { readRoutesFile } from '../src/routing/read-routes-file.ts';

const text = readFileSync(new URL('../routes.yaml', import.meta.url), 'utf8');
const ENVIRONMENT = { GATEWAY_SIGNING_SECRET: 'secret' };
const read = (yaml: string) =>
  readRoutesFile(yaml, 'routes.yaml', (parts) =>
    checkRoutesFile(parts, { environment: ENVIRONMENT, production: false, taken: firstPartyRoutes(true) }),
  );
const routes = [...firstPartyRoutes(true), ...routesOf(read(text))];
const table = new RouteTable(routes);

const find = (method: string, target: string): Route | string => {
  const parsed = parseTarget(target);
  if ('fault' in parsed) return 'refused';
  const match = table.match(method, parsed.matchPath);
  return match.kind === 'found' ? match.route : match.kind;
};
const idOf = (method: string, target: string): string => {
  const found = find(method, target);
  return typeof found === 'string' ? found : found.id;
};

describe('every route decides about auth, price, limit and API keys', () => {
  test('the routes file cannot leave a decision out', () => {
    const file = parse(text) as { routes: Record<string, unknown>[] };
    for (const [index, route] of file.routes.entries()) {
      for (const decision of ['auth', 'charge', 'limit', 'scope']) {
        const { [decision]: _left, ...rest } = route;
        const without = { ...file, routes: file.routes.with(index, rest) };
        expect(() => read(stringify(without, { aliasDuplicateObjects: false }))).toThrow(
          new RegExp(`route ${String(route['id'])}: ${decision}: is missing`),
        );
      }
    }
  });

  test.each(routes.map((route) => [route.id, route] as const))('%s', (_id, route) => {
    expect(['public', 'optional', 'user', 'tenant', 'service', 'admin', 'platform_admin']).toContain(route.access);
    // What costs credits must know whom to charge.
    if (route.charge !== undefined) expect(route.access).toBe('user');
    // A limit by address beside a caller's own could not be decided in one step on a cluster.
    if (route.limit?.per === 'address') expect(route.access).toBe('public');
    expect(route.bodyBytesMax).toBeGreaterThanOrEqual(0);
  });

  test('every contract endpoint is routed as its contract says', () => {
    // What the edge answers itself is no route to anywhere.
    for (const endpoint of firstPartyEndpoints.filter(({ owner }) => owner !== 'edge')) {
      const route = find(endpoint.method, endpoint.path.replaceAll(/:[a-z_]+/g, 'x'));
      expect(route).toMatchObject({ access: endpoint.access, upstream: `turnpike:${endpoint.owner}` });
    }
  });

  test('internal routes are absent when they are not exposed', () => {
    const closed = new RouteTable([...firstPartyRoutes(false), ...routesOf(read(text))]);
    expect(closed.match('POST', '/internal/auth/introspect').kind).toBe('unknown');
    expect(closed.routes.filter(({ pattern }) => pattern.source.startsWith('/internal'))).toEqual([]);
  });
});

describe('the default table', () => {
  test.each([
    ['POST', '/api/v1/timepoints/generate', 'timepoints.generate', 'generate_{preset}'],
    ['POST', '/api/v1/timepoints/generate/sync', 'timepoints.generate-sync', 'generate_{preset}'],
    ['POST', '/api/v1/timepoints/generate/stream', 'timepoints.generate-stream', 'generate_{preset}'],
    ['POST', '/api/v1/interactions/42/chat', 'interactions.chat', 'chat'],
    ['POST', '/api/v1/temporal/42/next', 'temporal.next', 'temporal_jump'],
    ['POST', '/api/v1/temporal/42/prior', 'temporal.prior', 'temporal_jump'],
    ['GET', '/api/v1/timepoints', 'timepoints.read', undefined],
    ['GET', '/api/v1/timepoints/generate', 'timepoints.read', undefined],
    ['DELETE', '/api/v1/timepoints/42', 'timepoints.write', undefined],
    ['GET', '/api/v1/users/me/timepoints', 'users.timepoints', undefined],
    ['GET', '/api/v1/clockchain/stats', 'clockchain.stats', undefined],
    ['GET', '/api/v1/clockchain/moments/1969/apollo-11', 'clockchain.moments', undefined],
    ['POST', '/api/v1/clockchain/moments', 'clockchain.write', undefined],
    ['GET', '/api/v1/billing/plans', 'billing.read', undefined],
  ])('%s %s → %s', (method, target, id, operation) => {
    expect(find(method, target)).toMatchObject({
      id,
      ...(operation === undefined ? { charge: undefined } : { charge: { operation } }),
    });
  });

  test('reads of stats and moments need no account, everything else of the backends does', () => {
    const open = routes
      .filter(({ upstream, access }) => !upstream.startsWith('turnpike:') && access !== 'user')
      .map(({ id }) => id);
    expect(open).toEqual(['clockchain.stats', 'clockchain.moments']);
  });
});

describe('another spelling of a priced path is priced the same, or leads nowhere', () => {
  test.each([
    ['/api/v1/timepoints/generate/sync/', 'timepoints.generate-sync'],
    ['/api/v1/timepoints/GENERATE/Sync', 'timepoints.generate-sync'],
    ['/API/V1/TIMEPOINTS/generate/sync', 'timepoints.generate-sync'],
    ['/api/v1/timepoints/%67enerate/sync', 'timepoints.generate-sync'],
    ['/api/v1/timepoints/generate%2fsync', 'refused'],
    ['/api/v1/timepoints/./generate/sync', 'refused'],
    ['/api/v1/timepoints//generate/sync', 'refused'],
    ['/api/v1/timepoints/x/../generate/sync', 'refused'],
    ['/api/v1/timepoints/x/%2e%2e/generate/sync', 'refused'],
    ['/api/v1/timepoints/%2567enerate/sync', 'timepoints.write'],
    ['/api/v1/%74imepoints/generate/sync', 'timepoints.generate-sync'],
    ['/api/v1/billing/../timepoints/generate/sync', 'refused'],
    ['/api%2fv1%2ftimepoints%2fgenerate', 'refused'],
  ])('POST %s → %s', (target, id) => {
    expect(idOf('POST', target)).toBe(id);
  });
});

describe('methods', () => {
  test('HEAD is allowed where GET is', () => {
    expect(idOf('HEAD', '/api/v1/credits/costs')).toBe('credits.getCosts');
  });

  test.each(['TRACE', 'CONNECT', 'PROPFIND'])('%s is never forwarded', (method) => {
    expect(idOf(method, '/api/v1/timepoints/1')).toBe('wrong-method');
  });

  test('two routes may not claim one method of one pattern', () => {
    const [first] = routes;
    if (first === undefined) throw new Error('there are no routes');
    expect(() => new RouteTable([...routes, { ...first, id: 'second' }])).toThrow(/both claim/);
  });
});
