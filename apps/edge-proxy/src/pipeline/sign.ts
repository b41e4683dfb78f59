import { SCOPE_ALL, signGatewayRequest, signGatewayRequestV2 } from '@turnpike/contracts';
import { withoutOwnCookies } from '../domain/own-cookies.ts';
import { organisationOf, tierOf, userOf } from '../domain/principal.ts';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';

/**
 * Adds what the upstream may believe, and signs it. The list was stripped when it was read, so these are the only headers of their names;
 * a `Connection` header of the client's has no power over them, as its nominees are already gone.
 */
export function sign(exchange: Exchange, edge: Pick<Edge, 'adminKeys'>): void {
  if (exchange.reply !== undefined || exchange.upstream === undefined) return;
  const { caller, headers, origin, target, request, upstream, hold } = exchange;
  const { serviceKey, firstParty } = upstream.definition;
  const hasCookies = !firstParty && headers.get('cookie') !== undefined;
  const list = hasCookies ? withoutOwnCookies(headers.forward) : headers.forward;
  const userId = userOf(caller) ?? '';
  if (userId !== '') list.push('X-User-ID', userId);
  const tier = tierOf(caller);
  if (tier !== undefined) list.push('X-User-Tier', tier);
  const organisation = organisationOf(caller);
  if (organisation !== undefined) {
    list.push('X-Tenant-ID', organisation.id, 'X-Gateway-Tenant-Env', organisation.env);
    if (organisation.role !== undefined) list.push('X-Gateway-Tenant-Role', organisation.role);
  }
  const bearer = exchange.route?.ownBearer === true ? headers.get('authorization') : undefined;
  if (bearer !== undefined) list.push('Authorization', bearer);
  if (firstParty) addFirstPartyHeaders(list, exchange, edge);
  if (serviceKey !== undefined) list.push('X-Service-Key', serviceKey);
  if (hold !== undefined) list.push('X-Gateway-Metered', 'true');
  list.push('X-Request-ID', exchange.requestId, 'traceparent', exchange.traceparent);
  if (exchange.tracestate !== undefined) list.push('tracestate', exchange.tracestate);
  list.push('X-Forwarded-For', origin.address, 'X-Forwarded-Proto', origin.proto);
  if (origin.host !== '') list.push('X-Forwarded-Host', origin.host);
  if (upstream.signingKey !== undefined) {
    const timestamp = Math.floor(Date.now() / 1_000);
    const parts = { method: request.method ?? '', path: target.path, userId, timestamp };
    const signature = signGatewayRequest(upstream.signingKey, parts);
    list.push('X-Gateway-Timestamp', String(timestamp), 'X-Gateway-Signature', signature);
    if (organisation !== undefined)
      list.push(
        'X-Gateway-Signature-V2',
        signGatewayRequestV2(upstream.signingKey, { ...parts, tenantId: organisation.id }),
      );
  }
  exchange.forwardHeaders = list;
}

/** Turnpike's own services are told how the caller proved who they are; backends need not know. */
function addFirstPartyHeaders(list: string[], { caller }: Exchange, edge: Pick<Edge, 'adminKeys'>): void {
  switch (caller.kind) {
    case 'user': {
      const { sessionId, shared, keyId, keyBounds, scopes, operator } = caller.principal;
      if (sessionId !== undefined) list.push('X-Gateway-Session-ID', sessionId);
      if (shared) list.push('X-Gateway-Shared', 'true');
      if (keyId !== undefined) list.push('X-Gateway-Key-ID', keyId);
      if (keyBounds !== undefined) list.push('X-Gateway-Key-Constraints', keyBounds.json);
      if (operator !== undefined) list.push('X-Gateway-Operator', operator.role);
      list.push('X-Gateway-Scopes', scopes.join(' '));
      return;
    }
    case 'service':
      list.push('X-Gateway-Caller', caller.name);
      // On a user's own route the called service sees the user, who may do everything.
      if (caller.tier !== undefined) list.push('X-Gateway-Scopes', SCOPE_ALL);
      return;
    case 'admin': {
      const [adminKey] = edge.adminKeys;
      if (adminKey !== undefined) list.push('X-Admin-Key', adminKey);
      return;
    }
    case 'anonymous':
  }
}
