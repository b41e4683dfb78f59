import { matchKey } from '@turnpike/contracts';
import type { Edge } from '../edge.ts';
import { isOwnUpstream } from '../routing/first-party.ts';
import type { Exchange } from './exchange.ts';

/**
 * Marks a call of the console, known by its key, on a route of our own that costs nothing. Its client is then whom the console says; a wrong key
 * makes a call like anybody's.
 */
export function markConsole(exchange: Exchange, edge: Pick<Edge, 'addresses' | 'config'>): void {
  const { headers, route, origin } = exchange;
  const key = headers.get('x-console-key');
  if (key === undefined || route === undefined || matchKey(key, edge.config.CONSOLE_KEY) === -1) return;
  exchange.origin = edge.addresses.vouchedFor(origin, headers.get('x-forwarded-for'));
  exchange.fromConsole = isOwnUpstream(route.upstream) && route.charge === undefined && route.provider === undefined;
}
