import { getLimits } from '@turnpike/contracts';
import { readinessOf, type ReadinessChecks } from '@turnpike/service-kit';
import { PAGE_PATHS } from '../documents/page-paths.ts';
import { createPages } from '../documents/pages.ts';
import { compilePattern } from '../domain/path-pattern.ts';
import { OWN_UPSTREAM, type Route } from '../domain/route.ts';
import { addCommonHeaders } from '../pipeline/answer.ts';
import type { Exchange, Reply } from '../pipeline/exchange.ts';
import { routeOf } from './first-party.ts';
import type { OwnRoute } from './routing.ts';

export interface OwnRouteOptions {
  readonly service: string;
  readonly version: string;
  readonly readiness: ReadinessChecks;
  /** Whether the edge still takes new requests. */
  readonly accepting: () => boolean;
  /** What is left of the caller's limits. */
  readonly limits: (exchange: Exchange) => Promise<unknown>;
  /** The OpenAPI document of the routes in force; none where the documents are switched off. */
  readonly document: (() => string) | undefined;
  /** For operators. */
  readonly operating: readonly OwnRoute[];
}

/** What the edge itself answers. One that is stopping says so at both of its health routes, so that balancers send it nothing more. */
export function ownRoutes({
  service,
  version,
  readiness,
  accepting,
  limits,
  document,
  operating,
}: OwnRouteOptions): OwnRoute[] {
  const checkReadiness = readinessOf(readiness);
  const stopping = (): Reply => json(503, { status: 'stopping', service, version });
  return [
    {
      route: ownRoute('edge.health', '/health'),
      counted: false,
      answer: () => (accepting() ? json(200, { status: 'healthy', service, version }) : stopping()),
    },
    {
      route: ownRoute('edge.ready', '/health/ready'),
      counted: false,
      answer: async () => {
        if (!accepting()) return stopping();
        const { status, checks } = await checkReadiness();
        return json(status === 'not_ready' ? 503 : 200, { status, service, version, checks });
      },
    },
    {
      route: { ...routeOf(getLimits), upstream: OWN_UPSTREAM },
      counted: true,
      answer: async (exchange) => json(200, await limits(exchange)),
    },
    ...operating,
    ...(document === undefined ? [] : pageRoutes(document)),
  ];
}

/** Pages are an Express app of their own, which writes to the response by itself. */
function pageRoutes(document: () => string): OwnRoute[] {
  const pages = createPages(document);
  return PAGE_PATHS.map((path) => ({
    route: ownRoute(`edge${path.replaceAll(/[/.]/g, '-')}`, path),
    counted: false,
    answer: (exchange) => {
      const { request, response } = exchange;
      const headers: string[] = [];
      addCommonHeaders(headers, exchange);
      for (let index = 0; index + 1 < headers.length; index += 2)
        response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
      pages(request, response);
      return undefined;
    },
  }));
}

function ownRoute(id: string, path: string): Route {
  return {
    id,
    pattern: compilePattern(path),
    methods: new Set(['GET']),
    access: 'public',
    apiKeys: false,
    scope: undefined,
    minRole: undefined,
    operator: undefined,
    acceptsScoped: true,
    ownBearer: false,
    upstream: OWN_UPSTREAM,
    charge: undefined,
    limit: undefined,
    familyLimit: undefined,
    endsAccess: false,
    bodyBytesMax: 0,
    webSocket: false,
    headersTimeoutMs: undefined,
    heartbeatMs: undefined,
    errorStyle: 'problem',
    provider: undefined,
  };
}

function json(status: number, body: unknown): Reply {
  return { status, headers: ['Content-Type', 'application/json; charset=utf-8'], body: JSON.stringify(body) };
}
