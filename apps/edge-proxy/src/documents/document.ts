import { firstPartyEndpoints } from '@turnpike/contracts';
import { buildOpenApi, CONTRACT_VERSION, proxiedPaths, type ProxiedRoute } from '@turnpike/contracts/openapi';
import { OWN_UPSTREAM, type Route } from '../domain/route.ts';
import type { RoutingState } from '../routing/routing.ts';
import { edgeEndpoints } from './own-endpoints.ts';

interface DocumentOptions {
  /** Where clients reach the gateway; the document's own origin unless told. */
  readonly publicUrl: string | undefined;
  /** Whether `/internal/*` answers here. */
  readonly exposeInternal: boolean;
}

/** The document of the routes in force, written once for each state of them. */
export class Documents {
  readonly #options: DocumentOptions;
  #state: RoutingState | undefined;
  #text = '';

  constructor(options: DocumentOptions) {
    this.#options = options;
  }

  of(state: RoutingState): string {
    if (this.#state !== state) {
      this.#text = documentOf(state, this.#options);
      this.#state = state;
    }
    return this.#text;
  }
}

/** The OpenAPI document of everything that this edge answers: the contracts, its own routes, and those of the routes file in force. */
function documentOf({ table }: RoutingState, { publicUrl, exposeInternal }: DocumentOptions): string {
  const endpoints = [...firstPartyEndpoints, ...edgeEndpoints];
  const contracted = new Set(endpoints.map(({ id }) => id));
  const isProxied = ({ id, upstream }: Route): boolean => !contracted.has(id) && upstream !== OWN_UPSTREAM;
  const document = buildOpenApi({
    endpoints: endpoints.filter(({ path }) => exposeInternal || !path.startsWith('/internal/')),
    version: CONTRACT_VERSION,
    ...(publicUrl === undefined ? {} : { serverUrl: publicUrl }),
    more: proxiedPaths(table.routes.filter(isProxied).map(proxiedRouteOf)),
  });
  return JSON.stringify(document);
}

function proxiedRouteOf(route: Route): ProxiedRoute {
  const { id, pattern, methods, access, apiKeys, scope, charge, bodyBytesMax, webSocket } = route;
  return {
    id,
    path: pattern.source,
    methods: methods === undefined ? undefined : [...methods],
    access: access === 'public' || access === 'optional' ? access : 'user',
    apiKeys,
    scope,
    operation: charge?.operation,
    bodyBytesMax,
    webSocket,
  };
}
