import type { Route } from '../domain/route.ts';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

/** Largest body that is read whole before it is sent on, in bytes. */
const SMALL_BODY_BYTES_MAX = 65_536;

/**
 * Reads a small body whole, and any body for a service of Turnpike's own but the calls of models, before a connection is taken for it, so that
 * a slow sender holds none; a larger one is streamed. Throws 408 and 413.
 */
export function receive(exchange: Exchange, edge: Pick<Edge, 'config'>): void | Promise<void> {
  const { reply, route, upstream } = exchange;
  if (exchange.body !== undefined || reply !== undefined || route === undefined || upstream === undefined)
    return undefined;
  const whole = upstream.definition.firstParty && route.provider === undefined;
  if (!hasBody(exchange) || !(whole || isSmall(exchange, route))) return undefined;
  return readBody(exchange, route.bodyBytesMax, edge.config.BODY_TIMEOUT_MS).then((body) => {
    exchange.body = body;
  });
}

function hasBody({ headers }: Exchange): boolean {
  const length = headers.get('content-length');
  return headers.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

/** Without a length, it may become as long as the route allows. */
function isSmall({ headers }: Exchange, { bodyBytesMax }: Route): boolean {
  const length = headers.get('content-length');
  return (length === undefined ? bodyBytesMax : Number(length)) <= SMALL_BODY_BYTES_MAX;
}
