import type { ErrorCode, InactiveReason, LlmProvider } from '@turnpike/contracts';
import { AppError, checkAdminKey } from '@turnpike/service-kit';
import { readCredentials } from '../domain/credential.ts';
import { mayUseFrom } from '../domain/key-bounds.ts';
import type { Caller, Principal } from '../domain/principal.ts';
import { readProviderCredentials } from '../domain/provider-credentials.ts';
import type { Route } from '../domain/route.ts';
import { digestOf } from '../identity/credential-cache.ts';
import { introspectCredential, type Verdict } from '../neighbours/introspection.ts';
import { admit } from './admit.ts';
import type { Exchange } from './exchange.ts';
import { beginAttempt, countFailure } from './failed-credentials.ts';
import { actingService, serviceCaller, type ServiceTools } from './identify-service.ts';
import { wantedTenant } from './wanted-tenant.ts';

/** What losing an organisation answers is no 401: the session is alive, and a client would refresh it forever. */
const INACTIVE_CODE: Readonly<Record<InactiveReason, ErrorCode>> = {
  jwt_invalid: 'auth.jwt_invalid',
  jwt_expired: 'auth.jwt_expired',
  session_revoked: 'auth.session_revoked',
  key_invalid: 'auth.key_invalid',
  key_revoked: 'auth.key_revoked',
  key_suspended: 'auth.key_suspended',
  key_expired: 'auth.key_expired',
  tenant_suspended: 'tenant.suspended',
  membership_ended: 'tenant.membership_ended',
  tenant_ambiguous: 'tenant.ambiguous',
};

const INACTIVE_DETAIL: Readonly<Record<InactiveReason, string>> = {
  jwt_invalid: 'The access token is not valid.',
  jwt_expired: 'The access token has expired.',
  session_revoked: 'The session has ended.',
  key_invalid: 'The API key is not valid.',
  key_revoked: 'The API key has been revoked.',
  key_suspended: 'The API key is suspended: it is paused, or its owner is disabled.',
  key_expired: 'The API key has expired.',
  tenant_suspended: 'The organisation is suspended or archived.',
  membership_ended: 'The membership in the organisation has ended.',
  tenant_ambiguous: 'X-Tenant-Slug names another organisation than the token is of.',
};

/** What auth says of credentials that it gave out itself once: they are no guesses. */
const ONCE_GOOD: ReadonlySet<InactiveReason> = new Set([
  'jwt_expired',
  'session_revoked',
  'tenant_suspended',
  'membership_ended',
  'tenant_ambiguous',
]);

/** Learns who is calling, by the credentials that count on the route. Throws 401 or 403, and 503 where nobody could be asked. */
export function identify(exchange: Exchange, edge: ServiceTools): void | Promise<void> {
  const { route } = exchange;
  if (route === undefined) return undefined;
  switch (route.access) {
    case 'public':
      return undefined;
    case 'admin':
      return identifyAdmin(exchange, edge);
    case 'service':
      return identifyOperator(exchange, edge, () => serviceCaller(exchange, route, edge));
    case 'platform_admin':
      if (exchange.headers.get('x-admin-key') !== undefined || mustShowKey(exchange, route))
        return identifyAdmin(exchange, edge);
      return identifyUser(exchange, route, edge);
    case 'user':
    case 'tenant':
    case 'optional':
      if (route.provider !== undefined) return identifyKey(exchange, route, route.provider, edge);
      return identifyUser(exchange, route, edge);
  }
}

function mustShowKey({ headers }: Exchange, { operator }: Route): boolean {
  return (
    operator?.asksForKey === true &&
    headers.get('authorization') === undefined &&
    headers.get('x-api-key') === undefined
  );
}

function identifyAdmin(exchange: Exchange, edge: ServiceTools): Promise<void> {
  return identifyOperator(exchange, edge, () => {
    checkAdminKey(exchange.headers.get('x-admin-key'), edge.adminKeys);
    return { kind: 'admin' };
  });
}

/** Wrong operator keys count against the address like wrong credentials, so they cannot be guessed at speed. */
async function identifyOperator(exchange: Exchange, edge: ServiceTools, check: () => Caller): Promise<void> {
  try {
    exchange.caller = check();
  } catch (error) {
    await countFailure(exchange, edge);
    throw error;
  }
}

function identifyUser(exchange: Exchange, route: Route, edge: ServiceTools): void | Promise<void> {
  const { headers } = exchange;
  const presented = readCredentials(headers.get('authorization'), headers.get('x-api-key'));
  if (presented === 'malformed') throw new AppError('auth.jwt_invalid', { detail: INACTIVE_DETAIL.jwt_invalid });
  const { bearer, apiKey } = presented;
  const credential = bearer ?? apiKey;
  if (credential === undefined) return identifyUncredentialed(exchange, route, edge);
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey)
    return identifyBoth(exchange, route, edge, bearer, apiKey);
  return identifyBy(credential, exchange, route, edge);
}

function identifyBy(credential: string, exchange: Exchange, route: Route, edge: ServiceTools): void | Promise<void> {
  const slug = wantedTenant(exchange, route, credential, edge.config);
  if (slug !== undefined)
    return resolve(exchange, edge, credential, slug).then((principal) => enter(exchange, route, principal, edge));
  const known = edge.credentials.find(digestOf(credential));
  if (known !== undefined && 'principal' in known) {
    enter(exchange, route, known.principal, edge);
    return undefined;
  }
  return resolve(exchange, edge, credential).then((principal) => enter(exchange, route, principal, edge));
}

/** A key that calls models, however the vendor's SDK spells it. What stood in the query leaves it here. */
function identifyKey(
  exchange: Exchange,
  route: Route,
  provider: LlmProvider,
  edge: ServiceTools,
): void | Promise<void> {
  const { headers, target } = exchange;
  const presented = readProviderCredentials(provider, (name) => headers.get(name), target.query);
  exchange.target = { ...target, query: presented.query };
  const [credential, another] = presented.credentials;
  if (another !== undefined)
    throw new AppError('auth.ambiguous', { detail: 'The request has two different credentials; give one API key.' });
  if (credential === undefined)
    throw new AppError('auth.missing', { detail: 'This route needs an API key (sk-…) of the gateway.' });
  return identifyBy(credential, exchange, route, edge);
}

/** Without a credential of the user's own, a service may act for one; a route where credentials are optional is open to nobody in particular. */
function identifyUncredentialed(exchange: Exchange, route: Route, edge: ServiceTools): void | Promise<void> {
  const decide = (service: Caller | undefined): void => {
    if (service !== undefined) exchange.caller = service;
    else if (route.access !== 'optional')
      throw new AppError('auth.missing', { detail: 'This route needs an access token or an API key.' });
  };
  if (exchange.headers.get('x-service-key') === undefined) return decide(undefined);
  return actingService(exchange, route, edge).then(decide);
}

/** A token and a key together must stand for one user; then the token's session is who is calling. */
async function identifyBoth(
  exchange: Exchange,
  route: Route,
  edge: ServiceTools,
  bearer: string,
  apiKey: string,
): Promise<void> {
  const key = await resolve(exchange, edge, apiKey);
  // The one who will be calling last: nothing may come between auth's answer and the caller's entry among those whom a revocation ends.
  const session = await resolve(exchange, edge, bearer);
  if (session.userId !== key.userId || session.organisation?.id !== key.organisation?.id) {
    throw new AppError('auth.ambiguous', { detail: 'The access token and the API key stand for different callers.' });
  }
  enter(exchange, route, session, edge);
}

/** The caller is known from here on, also where the route is not for it: the refusal carries its limits. */
function enter(exchange: Exchange, route: Route, principal: Principal, edge: ServiceTools): void {
  exchange.caller = { kind: 'user', principal };
  if (principal.keyBounds !== undefined && !mayUseFrom(principal.keyBounds, exchange.origin.address))
    throw new AppError('auth.forbidden', { detail: 'This API key may not be used from this address.' });
  admit(principal, route, edge.now());
}

/** The principal of one credential. Throws the 401 that says why there is none. */
async function resolve(
  exchange: Exchange,
  edge: ServiceTools,
  credential: string,
  tenantSlug?: string,
): Promise<Principal> {
  // No credential has a line break, so the two together cannot be taken for another one.
  const digest = digestOf(tenantSlug === undefined ? credential : `${credential}\n${tenantSlug}`);
  const known = edge.credentials.find(digest);
  if (known !== undefined) return principalIn(known, exchange, edge);
  // A token that auth signed was no guess: its bearer does not answer for what others at the address try.
  const attempt = (await edge.signatures.vouchFor(credential)) ? undefined : await beginAttempt(exchange, edge);
  try {
    const cause = { requestId: exchange.requestId, traceparent: exchange.traceparent };
    const verdict = await edge.credentials.load(digest, () =>
      introspectCredential(edge.auth, credential, cause, tenantSlug),
    );
    // Nothing may come between a good answer and the caller's entry among those whom a revocation ends.
    if ('principal' in verdict) return verdict.principal;
    return await principalIn(verdict, exchange, edge);
  } finally {
    attempt?.leave();
  }
}

async function principalIn(verdict: Verdict, exchange: Exchange, edge: ServiceTools): Promise<Principal> {
  if ('principal' in verdict) return verdict.principal;
  exchange.presented = verdict.presented;
  if (!ONCE_GOOD.has(verdict.inactive)) await countFailure(exchange, edge);
  throw new AppError(INACTIVE_CODE[verdict.inactive], { detail: INACTIVE_DETAIL[verdict.inactive] });
}
