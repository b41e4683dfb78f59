import { z } from 'zod';
import {
  adminListEdges,
  adminListRoutes,
  adminMatchRoute,
  adminOverview,
  type EndpointSpec,
  type Input,
  type Output,
} from '@turnpike/contracts';
import type { InternalHttp } from '@turnpike/ledger-client';
import { AppError, unavailable } from '@turnpike/service-kit';
import { parseTarget } from '../domain/request-target.ts';
import { OWN_UPSTREAM, type Route } from '../domain/route.ts';
import type { Exchange, Reply } from '../pipeline/exchange.ts';
import { routeOf } from '../routing/first-party.ts';
import type { OwnRoute, Routing, RoutingState } from '../routing/routing.ts';
import type { EdgeStates } from './edge-states.ts';
import { overviewOf } from './overview.ts';
import { shownRoute } from './shown-route.ts';

export interface OperatingParts {
  readonly routing: () => Routing;
  readonly states: () => EdgeStates;
  /** Whom the overview asks how they are. */
  readonly services: Readonly<Record<string, InternalHttp>>;
}

/** What operators ask the edges themselves. */
export function operatingRoutes({ routing, states, services }: OperatingParts): OwnRoute[] {
  const edges = () =>
    states()
      .all()
      .catch((cause: unknown) => {
        throw unavailable('What the edges report', cause);
      });
  return [
    own(adminListEdges, async () => {
      const items = await edges();
      return { items, routes_agree: new Set(items.map(({ routes }) => routes.digest)).size <= 1 };
    }),
    own(adminListRoutes, ({ limit, offset, source }) => {
      const { table, fromFile, digest } = routing().current;
      const all = table.routes.map((route) => shownRoute(route, fromFile.has(route.id)));
      const wanted = source === undefined ? all : all.filter((route) => route.source === source);
      const ordered = [...wanted.filter(isOfFile), ...wanted.filter((route) => !isOfFile(route))];
      return { items: ordered.slice(offset, offset + limit), total: ordered.length, limit, offset, digest };
    }),
    own(adminMatchRoute, ({ method, path }) => matchOf(routing().current, method, path)),
    own(adminOverview, async () =>
      overviewOf(
        services,
        await states()
          .all()
          .catch(() => []),
      ),
    ),
  ];
}

function matchOf({ table, fromFile }: RoutingState, method: string, path: string): Output<typeof adminMatchRoute> {
  const none = { route: null, allow: null, fault: null };
  const target = parseTarget(path);
  if ('fault' in target) return { ...none, outcome: 'refused', fault: target.fault };
  const match = table.match(method, target.matchPath);
  const shown = (route: Route) => shownRoute(route, fromFile.has(route.id));
  switch (match.kind) {
    case 'unknown':
      return { ...none, outcome: 'unknown' };
    case 'wrong-method':
      return { ...none, outcome: 'wrong-method', route: shown(match.nearest), allow: match.allow };
    case 'found':
      return { ...none, outcome: 'found', route: shown(match.route) };
  }
}

const isOfFile = ({ source }: { readonly source: string }): boolean => source === 'file';

/** Binds an answer to its contract; the query is checked as services check theirs. */
function own<const E extends EndpointSpec>(
  endpoint: E,
  answer: (query: NoInfer<Input<E, 'query'>>) => NoInfer<Output<E>> | Promise<NoInfer<Output<E>>>,
): OwnRoute {
  return {
    route: { ...routeOf(endpoint), upstream: OWN_UPSTREAM },
    counted: true,
    answer: async (exchange) => json(await answer(queryOf(endpoint, exchange) as Input<E, 'query'>)),
  };
}

function queryOf({ query }: EndpointSpec, { target }: Exchange): unknown {
  if (query === undefined) return undefined;
  const result = query.safeParse(Object.fromEntries(new URLSearchParams(target.query)));
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({ path: ['query', ...path].join('.'), message }));
  throw new AppError('request.invalid', { detail: z.prettifyError(result.error), errors });
}

function json(body: unknown): Reply {
  const headers = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'];
  return { status: 200, headers, body: JSON.stringify(body) };
}
