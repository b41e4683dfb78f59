import { getUser, type User, type UserStatus } from '@turnpike/contracts';
import { isAbsent, unavailable, type InternalClient } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import { findAccount, setActive } from './stores/accounts.ts';

/** How often an answer that was overtaken by a stop is asked for again. */
const ATTEMPTS_MAX = 3;

/**
 * Asks users what a user is now, and records an active one's tier unless the account was stopped meanwhile. The other
 * answers are only returned: ending access is the caller's to do. Throws when users is down.
 */
export async function refreshAccount(db: Db, users: InternalClient, userId: string): Promise<UserStatus> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const account = await findAccount(db, userId);
    const user = await readUser(users, userId);
    if (user?.status !== 'active') return user?.status ?? 'deleted';
    if (account === undefined || account.status === 'deleted') return account?.status ?? 'active';
    if (await setActive(db, userId, user.tier, account.revision)) return 'active';
  }
  throw unavailable('This account', `stopped ${ATTEMPTS_MAX} times while users was asked`);
}

async function readUser(users: InternalClient, id: string): Promise<User | undefined> {
  try {
    return await users.call(getUser, { params: { id } });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
