import { AppError } from '@turnpike/service-kit';
import { isPreflight, preflightHeaders } from '../domain/cors.ts';
import { withoutParameters } from '../domain/request-target.ts';
import type { Route } from '../domain/route.ts';
import type { Edge } from '../edge.ts';
import { markConsole } from './console-call.ts';
import type { Exchange } from './exchange.ts';

type MatchTools = Pick<Edge, 'addresses' | 'config' | 'cors' | 'routing'>;

/** Finds the route that decides about this request. A browser's preflight is answered here for the request it announces. */
export function matchRoute(exchange: Exchange, edge: MatchTools): void {
  const { headers, target, request } = exchange;
  const origin = headers.get('origin');
  const method = request.method ?? '';
  const wanted = headers.get('access-control-request-method');
  const preflight = edge.cors.enabled && isPreflight(method, origin, wanted);
  const { table, upstreams, local } = edge.routing.current;
  const match = table.match(preflight ? (wanted ?? '') : method, target.matchPath);
  if (match.kind === 'unknown') throw new AppError('route.not_found', { detail: 'There is nothing at this path.' });
  const route = match.kind === 'found' ? match.route : match.nearest;
  exchange.errorStyle = route.errorStyle;
  if (match.kind === 'wrong-method' && !preflight) {
    throw new AppError('route.method_not_allowed', {
      detail: `This path answers ${match.allow}.`,
      headers: { Allow: match.allow },
    });
  }
  if (preflight) {
    exchange.reply = {
      status: 204,
      headers: preflightHeaders(edge.cors, origin, match.kind === 'found' ? (wanted ?? '') : match.allow),
      body: '',
    };
    return;
  }
  refuseTwoReadings(exchange, edge, route);
  exchange.route = route;
  exchange.upstream = upstreams.get(route.upstream);
  exchange.upstream?.enter();
  markConsole(exchange, edge);
  const answer = local.get(route.id);
  if (answer === undefined && exchange.upstream === undefined) throw new Error(`route ${route.id} leads nowhere`);
  if (exchange.upgrade !== undefined && !route.webSocket) {
    throw new AppError('route.not_found', { detail: 'There is no WebSocket at this path.' });
  }
}

/** `/generate;x` is `/generate` to some servers: a path that would be another route without its parameters would evade that one's price. */
function refuseTwoReadings({ target, request }: Exchange, edge: MatchTools, route: Route): void {
  const plain = withoutParameters(target.matchPath);
  if (plain === undefined) return;
  const other = edge.routing.current.table.match(request.method ?? '', plain);
  if (other.kind !== 'found' || other.route !== route)
    throw new AppError('request.malformed', { detail: 'The path has parameters that could be read in two ways.' });
}
