import { checkReadiness, type ReadinessChecks } from '@turnpike/service-kit';
import { compilePattern } from '../domain/path-pattern.ts';
import type { Route } from '../domain/route.ts';
import type { Reply } from '../pipeline/exchange.ts';
import type { OwnRoute } from './routing.ts';

export interface OwnRouteOptions {
  readonly service: string;
  readonly version: string;
  readonly readiness: ReadinessChecks;
  /** Whether the edge still takes new requests. */
  readonly accepting: () => boolean;
}

/**
 * What the edge itself answers. Not ready means: new callers cannot be let in, because auth is away, or this edge is stopping. Redis and
 * the other services are listed, but the edge keeps working without them, so their outage must not take it out of a load balancer.
 */
export function ownRoutes({ service, version, readiness, accepting }: OwnRouteOptions): OwnRoute[] {
  return [
    {
      route: ownRoute('edge.health', '/health'),
      counted: false,
      answer: () => json(200, { status: 'healthy', service, version }),
    },
    {
      route: ownRoute('edge.ready', '/health/ready'),
      counted: false,
      answer: async () => {
        const checks = await checkReadiness(readiness);
        const ready = accepting() && checks['auth'] !== 'down';
        return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not_ready', service, version, checks });
      },
    },
  ];
}

function ownRoute(id: string, path: string): Route {
  return {
    id,
    pattern: compilePattern(path),
    methods: new Set(['GET']),
    access: 'public',
    apiKeys: false,
    scope: undefined,
    upstream: 'turnpike:edge',
    charge: undefined,
    limit: undefined,
    bodyBytesMax: 0,
    webSocket: false,
    headersTimeoutMs: undefined,
    heartbeatMs: undefined,
    errorStyle: 'problem',
  };
}

function json(status: number, body: unknown): Reply {
  return { status, headers: ['Content-Type', 'application/json; charset=utf-8'], body: JSON.stringify(body) };
}
