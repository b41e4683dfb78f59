import type { InactiveReason } from '@turnpike/contracts';
import { AppError, checkAdminKey } from '@turnpike/service-kit';
import { readCredentials } from '../domain/credential.ts';
import type { Caller, Principal } from '../domain/principal.ts';
import type { Route } from '../domain/route.ts';
import type { Edge } from '../edge.ts';
import { digestOf } from '../identity/credential-cache.ts';
import { askAuth, type Verdict } from '../neighbours/introspection.ts';
import type { Exchange } from './exchange.ts';
import { countFailure, refuseFloods } from './failed-credentials.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const INACTIVE_DETAIL: Readonly<Record<InactiveReason, string>> = {
  jwt_invalid: 'The access token is not valid.',
  jwt_expired: 'The access token has expired.',
  session_revoked: 'The session has ended.',
  key_invalid: 'The API key is not valid.',
  key_revoked: 'The API key has been revoked.',
  key_expired: 'The API key has expired.',
};

/** Learns who is calling, by the credentials that count on the route. Throws 401 or 403, and 503 where nobody could be asked. */
export function identify(exchange: Exchange, edge: Edge): void | Promise<void> {
  const { route } = exchange;
  if (route === undefined) return undefined;
  switch (route.access) {
    case 'public':
      return undefined;
    case 'admin':
      return identifyOperator(exchange, edge, () => {
        checkAdminKey(exchange.headers.get('x-admin-key'), edge.adminKeys);
        return { kind: 'admin' };
      });
    case 'service':
      return identifyOperator(exchange, edge, () => serviceCaller(exchange, route, edge));
    case 'user':
    case 'optional':
      return identifyUser(exchange, route, edge);
  }
}

/** Wrong operator keys count against the address like wrong credentials, so they cannot be guessed at speed. */
async function identifyOperator(exchange: Exchange, edge: Edge, check: () => Caller): Promise<void> {
  try {
    exchange.caller = check();
  } catch (error) {
    await refuseFloods(exchange, edge);
    await countFailure(exchange, edge);
    throw error;
  }
}

function serviceCaller({ headers, target }: Exchange, route: Route, edge: Edge): Caller {
  const { name, grants } = edge.serviceKeys.identify(headers.get('x-service-key'));
  const needed = target.matchPath.startsWith('/internal/') ? 'internal' : 'resolve';
  if (!grants.has(needed)) throw new AppError('auth.forbidden', { detail: `This service key may not call ${route.id}.` });
  const actingFor = headers.get('x-user-id');
  if (actingFor === undefined) return { kind: 'service', name, actingFor };
  if (!grants.has('act_as_user')) throw new AppError('auth.forbidden', { detail: 'This service key may not act for users.' });
  if (!UUID.test(actingFor)) throw new AppError('request.invalid', { detail: 'X-User-ID must be a UUID.', errors: [{ path: 'headers.x-user-id', message: 'Must be a UUID' }] });
  return { kind: 'service', name, actingFor: actingFor.toLowerCase() };
}

function identifyUser(exchange: Exchange, route: Route, edge: Edge): void | Promise<void> {
  const { headers } = exchange;
  const presented = readCredentials(headers.get('authorization'), headers.get('x-api-key'));
  if (presented === 'malformed') throw new AppError('auth.jwt_invalid', { detail: INACTIVE_DETAIL.jwt_invalid });
  const { bearer, apiKey } = presented;
  const credential = bearer ?? apiKey;
  if (credential === undefined) {
    if (route.access === 'optional') return undefined;
    throw new AppError('auth.missing', { detail: 'This route needs an access token or an API key.' });
  }
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) return identifyBoth(exchange, route, edge, bearer, apiKey);
  const digest = digestOf(credential);
  const known = edge.credentials.find(digest);
  if (known !== undefined && 'principal' in known) {
    admit(exchange, route, known.principal);
    return undefined;
  }
  return resolve(exchange, edge, credential).then((principal) => admit(exchange, route, principal));
}

/** A token and a key together must stand for one user; then the token's session is who is calling. */
async function identifyBoth(exchange: Exchange, route: Route, edge: Edge, bearer: string, apiKey: string): Promise<void> {
  const [session, key] = await Promise.all([resolve(exchange, edge, bearer), resolve(exchange, edge, apiKey)]);
  if (session.userId !== key.userId) {
    throw new AppError('auth.ambiguous', { detail: 'The access token and the API key stand for different callers.' });
  }
  admit(exchange, route, session);
}

function admit(exchange: Exchange, route: Route, principal: Principal): void {
  exchange.caller = { kind: 'user', principal };
  if (principal.keyId === undefined) return;
  if (!route.apiKeys) throw new AppError('auth.scope_missing', { detail: 'API keys cannot be used here; sign in.' });
  if (route.scope !== undefined && !principal.scopes.includes(route.scope) && !principal.scopes.includes('*')) {
    throw new AppError('auth.scope_missing', { detail: `This API key lacks the scope ${route.scope}.`, extra: { scope: route.scope } });
  }
}

/** The principal of one credential. Throws the 401 that says why there is none. */
async function resolve(exchange: Exchange, edge: Edge, credential: string): Promise<Principal> {
  const digest = digestOf(credential);
  let verdict: Verdict | undefined = edge.credentials.find(digest);
  if (verdict === undefined || 'inactive' in verdict) await refuseFloods(exchange, edge);
  const cause = { requestId: exchange.requestId, traceparent: exchange.traceparent };
  verdict ??= await edge.credentials.learn(digest, () => askAuth(edge.auth, credential, cause, edge.tiers));
  if ('principal' in verdict) return verdict.principal;
  await countFailure(exchange, edge);
  throw new AppError(`auth.${verdict.inactive}`, { detail: INACTIVE_DETAIL[verdict.inactive] });
}
