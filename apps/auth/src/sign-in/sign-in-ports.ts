import { setTimeout as sleep } from 'node:timers/promises';
import { findOrCreateUser, updateUser } from '@turnpike/contracts';
import { isAbsent, uuidv7, type InternalClient } from '@turnpike/service-kit';
import { refreshAccount } from '../account/refresh-account.ts';
import { findAccount } from '../account/stores/accounts.ts';
import type { Db } from '../database.ts';
import type { IdentityMemory } from '../identities/identity-memory.ts';
import { adoptIdentity } from '../identities/stores/identities.ts';
import { recogniseIdentity } from '../identities/stores/identity-links.ts';
import type { Sessions } from '../sessions/domain/sessions.ts';
import type { SignInPorts } from './domain/sign-in.ts';

/** Connects a sign-in to the database, the users service and the sessions. */
export function createSignInPorts(
  db: Db,
  users: InternalClient,
  sessions: Sessions,
  memory: IdentityMemory,
): SignInPorts {
  return {
    recognise: async (profile) => recogniseIdentity(db, uuidv7(), profile, await memory.digestsOf(profile)),
    async provisionUser(externalKey, { email, emailVerified, displayName, proposedUserId }, tier, lineageId) {
      const body = {
        external_key: externalKey,
        lineage_id: lineageId,
        email: email ?? null,
        email_verified: emailVerified,
        display_name: displayName ?? null,
        ...(proposedUserId === undefined ? {} : { proposed_id: proposedUserId }),
        ...(tier === undefined ? {} : { tier }),
      };
      const { user } = await users.call(findOrCreateUser, { body, repeatable: true });
      return user;
    },
    async setTier(userId, tier) {
      const account = await findAccount(db, userId);
      if (account === undefined || account.status !== 'active' || account.tier === tier) return;
      const change = { params: { id: userId }, body: { tier }, repeatable: true };
      // A user deleted a moment ago gets no session either; that is said when it is opened.
      await users.call(updateUser, change).catch(unlessGone);
      await refreshAccount(db, users, userId);
    },
    adoptIdentity: (user, profile, shared, lineageId) => adoptIdentity(db, uuidv7(), user, profile, shared, lineageId),
    async isActiveNow(userId) {
      return (await refreshAccount(db, users, userId)) === 'active';
    },
    openSession: (request) => sessions.open(request),
    pause: (milliseconds) => sleep(milliseconds),
  };
}

function unlessGone(error: unknown): void {
  if (!isAbsent(error)) throw error;
}
