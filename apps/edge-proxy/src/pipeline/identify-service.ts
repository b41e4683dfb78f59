import { AppError, type ServiceCaller } from '@turnpike/service-kit';
import type { Caller } from '../domain/principal.ts';
import type { Route } from '../domain/route.ts';
import type { Edge } from '../edge.ts';
import type { Identity } from '../identity/create-identity.ts';
import { findUser } from '../neighbours/acted-for.ts';
import type { Exchange } from './exchange.ts';
import { countFailure, type AttemptTools } from './failed-credentials.ts';

export type ServiceTools = AttemptTools & Identity & Pick<Edge, 'config' | 'monotonicMs' | 'now'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The service that calls a route for services, in its own name or for a user. Throws 403, 422, and 503 where no key is configured. */
export function serviceCaller({ headers, target }: Exchange, route: Route, edge: ServiceTools): Caller {
  const service = edge.serviceKeys.identify(headers.get('x-service-key'));
  const needed = target.matchPath.startsWith('/internal/') ? 'internal' : 'resolve';
  if (!service.grants.has(needed))
    throw new AppError('auth.forbidden', { detail: `This service key may not call ${route.id}.` });
  const named = headers.get('x-user-id');
  const actingFor = named === undefined ? undefined : namedUser(service, named);
  return { kind: 'service', name: service.name, actingFor, tier: undefined };
}

/**
 * The service that calls a user's route for the user whom `X-User-ID` names: it may do what an API key of that user
 * could do, whatever the scope. `undefined` where no service asks to act; throws 403, 404, 422, and 503 while users is
 * down.
 */
export async function actingService(exchange: Exchange, route: Route, edge: ServiceTools): Promise<Caller | undefined> {
  const { headers, requestId, traceparent } = exchange;
  const key = headers.get('x-service-key');
  const named = headers.get('x-user-id');
  if (key === undefined || named === undefined) return undefined;
  const service = edge.serviceKeys.find(key);
  if (service === undefined) {
    await countFailure(exchange, edge);
    return undefined;
  }
  const userId = namedUser(service, named);
  if (!route.apiKeys)
    throw new AppError('auth.forbidden', { detail: 'A service cannot act for a user here; the user must sign in.' });
  // No digest looks like this, so a credential and a user cannot be taken for each other.
  const name = `acted-for:${userId}`;
  const verdict =
    edge.credentials.find(name) ??
    (await edge.credentials.load(name, () => findUser(edge, userId, { requestId, traceparent })));
  if (!('principal' in verdict)) throw new Error('users returned no principal');
  return { kind: 'service', name: service.name, actingFor: userId, tier: verdict.principal.tier };
}

function namedUser(service: ServiceCaller, named: string): string {
  if (!service.grants.has('act_as_user'))
    throw new AppError('auth.forbidden', { detail: 'This service key may not act for users.' });
  if (UUID.test(named)) return named.toLowerCase();
  throw new AppError('request.invalid', {
    detail: 'X-User-ID must be a UUID.',
    errors: [{ path: 'headers.x-user-id', message: 'Must be a UUID' }],
  });
}
