import {
  activePrincipal,
  apiKeyPrefix,
  HEADER,
  inactiveReason,
  inactiveSubject,
  introspect,
  isWellFormedApiKey,
  jwks,
  looksLikeApiKey,
  SCOPE_ALL,
  type ActivePrincipal,
  type InactiveReason,
  type PublicJwk,
} from '@turnpike/contracts';
import type { Cause, InternalAnswer, InternalHttp } from '@turnpike/ledger-client';
import { unavailable } from '@turnpike/service-kit';
import { keyBoundsOf } from '../domain/key-bounds.ts';
import type { Principal } from '../domain/principal.ts';

/** Whose a credential is that is no longer good. */
export interface Presented {
  readonly userId: string;
  readonly organisationId: string | undefined;
  readonly keyId: string | undefined;
  readonly keyPrefix: string | undefined;
  readonly sessionId: string | undefined;
}

/** What auth says of a credential: whom it stands for, or why for nobody. */
export type Verdict =
  | { readonly principal: Principal }
  | { readonly inactive: InactiveReason; readonly presented?: Presented | undefined };

/**
 * Introspects a credential, once more after a connection that broke before the answer; `tenantSlug` names the organisation that a session is to act
 * within. Throws `service.unavailable`
 * when auth does not answer: an outage is never an invalid credential.
 */
export async function introspectCredential(
  http: InternalHttp,
  credential: string,
  cause: Cause,
  tenantSlug?: string,
): Promise<Verdict> {
  // A key that is mistyped, cut short or made up shows it by its checksum.
  if (looksLikeApiKey(credential) && !isWellFormedApiKey(credential)) return { inactive: 'key_invalid' };
  const question = { token: credential, ...(tenantSlug === undefined ? {} : { tenant_slug: tenantSlug }) };
  const ask = () => http.call(introspect.path, question, cause);
  const { status, headers, body } = await ask().catch(ask);
  if (status === 422) return { inactive: 'jwt_invalid' };
  if (status !== 200) throw unavailable('The auth service', `introspection answered ${status}`);
  const active = activePrincipal.safeParse(body);
  const keyPrefix = looksLikeApiKey(credential) ? prefixOf(credential) : undefined;
  if (active.success) return { principal: principalOf(active.data, keyPrefix) };
  const reason = inactiveReason.safeParse(headers[HEADER.inactiveReason]);
  if (typeof body !== 'object' || body === null || !('active' in body) || body.active !== false) {
    throw unavailable('The auth service', 'introspection broke its contract');
  }
  return { inactive: reason.success ? reason.data : 'jwt_invalid', presented: presentedIn(headers, keyPrefix) };
}

/** What a key shows of itself; as a text of its own, since one cut from the key would keep the whole key in memory. */
function prefixOf(key: string): string {
  return Buffer.from(apiKeyPrefix(key)).toString();
}

/** What auth says beside its answer of a credential that it once gave out. */
function presentedIn(headers: InternalAnswer['headers'], keyPrefix: string | undefined): Presented | undefined {
  const told = headers[HEADER.inactiveSubject];
  if (typeof told !== 'string') return undefined;
  const subject = inactiveSubject.safeParse(Object.fromEntries(new URLSearchParams(told)));
  if (!subject.success) return undefined;
  const { user, organisation, key, session } = subject.data;
  return { userId: user, organisationId: organisation, keyId: key, keyPrefix, sessionId: session };
}

/** The keys of access tokens that auth publishes. Throws `service.unavailable`. */
export async function askKeys(http: InternalHttp): Promise<readonly PublicJwk[]> {
  const { status, body } = await http.call(jwks.path, undefined, { requestId: 'signing-keys', traceparent: undefined });
  const published = jwks.responses[200].safeParse(body);
  if (status !== 200 || !published.success)
    throw unavailable('The auth service', `the signing keys were answered with ${status}`);
  return published.data.keys;
}

/** What a principal is made of. */
type PrincipalFacts = Pick<
  ActivePrincipal,
  | 'sub'
  | 'sid'
  | 'shared'
  | 'key_id'
  | 'project_id'
  | 'tier'
  | 'organisation'
  | 'platform_admin'
  | 'auth_time'
  | 'limit_subject'
  | 'scopes'
  | 'exp'
  | 'rate_limit_per_minute'
  | 'constraints'
>;

/** The scopes of a session, one list for all of them: a hundred thousand principals are kept. */
const ALL_SCOPES: readonly string[] = [SCOPE_ALL];

/** The principal that auth, or users, describes; `keyPrefix` where an API key was presented. */
export function principalOf(facts: PrincipalFacts, keyPrefix?: string): Principal {
  const {
    sub,
    sid,
    shared = false,
    key_id,
    project_id,
    tier,
    limit_subject,
    scopes,
    exp,
    rate_limit_per_minute,
  } = facts;
  const { organisation, platform_admin: operatorRole, auth_time = 0, constraints } = facts;
  const limitSubject = limit_subject ?? sub;
  return {
    userId: sub,
    tier,
    organisation: organisation && {
      id: organisation.id,
      role: organisation.role,
      env: organisation.env,
      membershipId: organisation.membership_id,
    },
    operator: operatorRole && { role: operatorRole, signedInAtMs: auth_time * 1_000 },
    limitSubject,
    countedAs: organisation === undefined ? `user:${limitSubject}` : `organisation:${organisation.id}`,
    sessionId: sid,
    shared,
    keyId: key_id,
    keyPrefix,
    projectId: project_id,
    scopes: scopes.length === 1 && scopes[0] === SCOPE_ALL ? ALL_SCOPES : scopes,
    expiresAtMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000,
    keyPerMinute: rate_limit_per_minute,
    keyBounds: constraints && keyBoundsOf(constraints),
  };
}
