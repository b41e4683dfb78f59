import { activePrincipal, API_KEY_START, HEADER, inactiveReason, introspect, isWellFormedApiKey, type ActivePrincipal, type InactiveReason } from '@turnpike/contracts';
import { unavailable } from '@turnpike/service-kit';
import type { Principal } from '../domain/principal.ts';
import { perMinute, type Tiers } from '../domain/tiers.ts';
import { planOf, subjectKey, type Subject } from '../domain/windows.ts';
import type { Cause, InternalHttp } from './internal-http.ts';

/** What auth says of a credential: whom it stands for, or why for nobody. */
export type Verdict = { readonly principal: Principal } | { readonly inactive: InactiveReason };

/**
 * Asks auth about a credential. A connection that broke before the answer is tried once more, since asking twice changes nothing. Throws
 * `service.unavailable` when auth does not answer: an outage is never an invalid credential.
 */
export async function askAuth(http: InternalHttp, credential: string, cause: Cause, tiers: Tiers): Promise<Verdict> {
  // A key that is mistyped, cut short or made up shows it by its checksum.
  if (credential.startsWith(API_KEY_START) && !isWellFormedApiKey(credential)) return { inactive: 'key_invalid' };
  const ask = () => http.call(introspect.path, { token: credential }, cause);
  const { status, headers, body } = await ask().catch(ask);
  if (status === 422) return { inactive: 'jwt_invalid' };
  if (status !== 200) throw unavailable('The auth service', `introspection answered ${status}`);
  const active = activePrincipal.safeParse(body);
  if (active.success) return { principal: principalOf(active.data, tiers) };
  const reason = inactiveReason.safeParse(headers[HEADER.inactiveReason]);
  if (typeof body !== 'object' || body === null || !('active' in body) || body.active !== false) {
    throw unavailable('The auth service', 'introspection broke its contract');
  }
  return { inactive: reason.success ? reason.data : 'jwt_invalid' };
}

/** What a principal is made of. */
type PrincipalFacts = Pick<ActivePrincipal, 'sub' | 'sid' | 'key_id' | 'tier' | 'scopes' | 'exp' | 'rate_limit_per_minute'>;

/** The principal that auth, or users, describes; its limits are made once. */
export function principalOf(active: PrincipalFacts, tiers: Tiers): Principal {
  const { sub, sid, key_id, tier, scopes, exp, rate_limit_per_minute } = active;
  const user = `user:${sub}`;
  const subjects: Subject[] = [{ key: subjectKey(user), windows: tiers.windowsOf(tier) }];
  if (key_id !== undefined && rate_limit_per_minute !== undefined) {
    subjects.push({ key: subjectKey(user, `key:${key_id}`), windows: [perMinute(rate_limit_per_minute, 'key')] });
  }
  return {
    userId: sub,
    tier,
    sessionId: sid,
    keyId: key_id,
    scopes,
    expiresAtMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000,
    limits: planOf(subjects),
  };
}
