import { readinessOf, type ReadinessChecks } from '@turnpike/service-kit';
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

/** What the edge itself answers. An edge that is stopping is not ready, whatever its dependencies say. */
export function ownRoutes({ service, version, readiness, accepting }: OwnRouteOptions): OwnRoute[] {
  const checkReadiness = readinessOf(readiness);
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
        const found = await checkReadiness();
        const status = accepting() ? found.status : 'not_ready';
        return json(status === 'not_ready' ? 503 : 200, { status, service, version, checks: found.checks });
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
    endsAccess: false,
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
