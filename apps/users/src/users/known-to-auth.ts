import { describePeople, type Output } from '@turnpike/contracts';
import type { InternalClient } from '@turnpike/service-kit';

/** What auth knows of a user. */
export type Known = Output<typeof describePeople>['items'][number];

/** What auth knows of these users, by their ids; who never signed in is unknown to it. Throws while auth is down. */
export async function knownToAuth(auth: InternalClient, ids: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  if (ids.length === 0) return new Map();
  const { items } = await auth.call(describePeople, { body: { ids: [...ids] }, repeatable: true });
  return new Map(items.map((item) => [item.id, item]));
}

/**
 * The address that a person is shown by: what auth has seen proven, since the profile keeps the one that they signed up with. An auth of an earlier
 * release does not say.
 */
export function shownAddress<User extends { readonly email: string | null; readonly emailVerified: boolean }>(
  user: User,
  known: Known | undefined,
): User {
  if (known?.email === undefined || known.email === null) return user;
  return { ...user, email: known.email, emailVerified: known.email_verified ?? user.emailVerified };
}
