import { getUser, SCOPE_ALL } from '@turnpike/contracts';
import type { Cause, InternalHttp } from '@turnpike/ledger-client';
import { AppError, fillPath, unavailable } from '@turnpike/service-kit';
import type { RevokedIds } from '../identity/revoked-ids.ts';
import { principalOf, type Verdict } from './introspection.ts';

/** How long users' answer is believed, in milliseconds. An end of access is announced; a new tier of one who never signed in is not. */
const ANSWER_TTL_MS = 10_000;
/** How long after the announced end of a user's access users may not know of it, in milliseconds. */
export const USERS_LAG_MS = 10_000;

export interface ActedForTools {
  readonly users: InternalHttp;
  readonly revoked: RevokedIds;
  /** Milliseconds of a clock that never steps. */
  readonly monotonicMs: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Asks users about a user for whom a service acts. Throws 404 for one that is unknown, disabled or deleted (by auth's
 * word first, which ends access before users hears of it), and 503 without an answer.
 */
export async function findUser(
  { users, revoked, monotonicMs, now }: ActedForTools,
  userId: string,
  cause: Cause,
): Promise<Verdict> {
  if (revoked.userEndedSince(userId, monotonicMs() - USERS_LAG_MS)) throw noSuchUser();
  const ask = () => users.call(fillPath(getUser.path, { id: userId }), undefined, cause);
  const { status, body } = await ask().catch(ask);
  if (status === 404 || status === 410) throw noSuchUser();
  const user = getUser.responses[200].safeParse(body);
  if (status !== 200 || !user.success) throw unavailable('The users service', `it answered ${status}`);
  if (user.data.status !== 'active') throw noSuchUser();
  const exp = (now() + ANSWER_TTL_MS) / 1_000;
  return { principal: principalOf({ sub: userId, tier: user.data.tier, scopes: [SCOPE_ALL], exp }) };
}

function noSuchUser(): AppError {
  return new AppError('resource.not_found', { detail: 'User not found' });
}
