import { type getMe, getUser, updateUser, type Output, type User } from '@turnpike/contracts';
import { AppError, isAbsent } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { identitiesView } from '../../identities/routes/identities-view.ts';
import { listIdentities } from '../../identities/stores/identities.ts';
import { findAccount } from '../stores/accounts.ts';
import { findPerson, type Person } from '../stores/people.ts';

/**
 * The signed-in user: the profile from users, sign-ins from here, and so the address that sign-ins have proven: users knows the one that the
 * account began with. `displayName`: change it first.
 */
export async function readMe(
  { database, users }: Context,
  id: string,
  displayName?: string,
): Promise<Output<typeof getMe>> {
  const profile = displayName === undefined ? users.call(getUser, { params: { id } }) : rename(users, id, displayName);
  const [user, account, person, identities] = await Promise.all([
    profile.catch(goneIsSignedOut),
    findAccount(database, id),
    findPerson(database, id),
    listIdentities(database, id),
  ]);
  return {
    id: user.id,
    ...addressOf(user, person),
    display_name: user.display_name,
    tier: user.tier,
    created_at: user.created_at,
    last_login_at: account?.lastLoginAt?.toISOString() ?? null,
    ...identitiesView(identities),
  };
}

/** The same as at `GET /platform/api/global/auth/me`; that of users where no way to sign in has one, as for whoever a service made. */
function addressOf(user: User, person: Person | undefined): Pick<User, 'email' | 'email_verified'> {
  if (person === undefined || person.email === null) return { email: user.email, email_verified: user.email_verified };
  return { email: person.email, email_verified: person.emailVerified };
}

function rename(users: Context['users'], id: string, displayName: string): Promise<User> {
  return users.call(updateUser, { params: { id }, body: { display_name: displayName }, repeatable: true });
}

/** A user deleted a moment ago has no session any more, whatever an edge still remembers. */
export function goneIsSignedOut(error: unknown): never {
  throw isAbsent(error) ? new AppError('auth.session_revoked', { cause: error }) : error;
}
