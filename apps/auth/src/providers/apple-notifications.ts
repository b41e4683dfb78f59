import { createHash } from 'node:crypto';
import { foldAscii, getUser, updateUser } from '@turnpike/contracts';
import { isAbsent, uuidv7, type InternalClient } from '@turnpike/service-kit';
import { closeAccountIn } from '../account/closing.ts';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Context } from '../context.ts';
import type { Db } from '../database.ts';
import type { IdentityMemory } from '../identities/identity-memory.ts';
import { findIdentity, setIdentityEmail, unlinkProvider } from '../identities/stores/identity-links.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import { endSessionsByMethod } from '../sessions/stores/sessions.ts';
import { useProof } from '../sign-in/stores/used-proofs.ts';
import type { AppleEvent, AppleNotification } from './domain/apple-notification.ts';
import { forgetProviderGrants } from './stores/provider-grants.ts';

/**
 * Does what a notification of Apple asks for, once. Throws on an outage, so that Apple sends it again: what it tells
 * the users service may repeat, the rest is one transaction with the record that it was done.
 */
export async function applyAppleNotification(
  context: Context,
  { id, expiresAt, events }: AppleNotification,
): Promise<void> {
  const { database, memory, relay, revocations, users } = context;
  for (const event of events) if (event.kind === 'email') await tellUsers(database, users, event);
  const digest = createHash('sha256').update(`apple-notification:${id}`).digest();
  const ended = await database.transaction(async (db) => {
    if (!(await useProof(db, digest, expiresAt))) return [];
    const recorded: RecordedRevocation[] = [];
    for (const event of events) recorded.push(...(await applyEvent(db, memory, event)));
    return recorded;
  });
  relay.kick();
  await revocations.announce(ended);
}

async function applyEvent(db: Db, memory: IdentityMemory, event: AppleEvent): Promise<readonly RecordedRevocation[]> {
  if (event.kind === 'unknown') return [];
  const identity = await findIdentity(db, 'apple', event.subject);
  if (identity === undefined) return [];
  const { userId } = identity;
  switch (event.kind) {
    case 'email':
      await setIdentityEmail(db, 'apple', event.subject, event.email, event.delivered);
      return [];
    case 'consent-revoked': {
      // The identity stays: signing in again at Apple is consent anew, with the same subject.
      await forgetProviderGrants(db, userId, 'apple');
      await recordAuditEvent(db, { action: 'identity.consent_revoked', userId, actor: 'service', method: 'apple' });
      return endSessionsByMethod(db, userId, 'apple', 'consent_revoked');
    }
    case 'account-deleted': {
      await forgetProviderGrants(db, userId, 'apple');
      await recordAuditEvent(db, { action: 'identity.account_deleted', userId, actor: 'service', method: 'apple' });
      const ended = await endSessionsByMethod(db, userId, 'apple', 'apple_account_deleted');
      if ((await unlinkProvider(db, userId, 'apple')) !== 'last') return ended;
      // Nobody can sign in to it ever again, so it is deleted as its owner would delete it.
      return [...ended, ...(await closeAccountIn(db, memory, userId, uuidv7())).revocations];
    }
  }
}

/** The address in the profile follows, where it is the one that came from Apple. */
async function tellUsers(db: Db, users: InternalClient, event: Extract<AppleEvent, { kind: 'email' }>): Promise<void> {
  const identity = await findIdentity(db, 'apple', event.subject);
  if (identity === undefined) return;
  const params = { id: identity.userId };
  const user = await users.call(getUser, { params }).catch(goneIsNobody);
  const current = user?.email ? foldAscii(user.email) : undefined;
  const known = [identity.email, event.email].map((email) => email && foldAscii(email));
  if (current === undefined || !known.includes(current)) return;
  const body = { email: event.email, email_verified: event.delivered };
  await users.call(updateUser, { params, body, repeatable: true }).catch(goneIsNobody);
}

function goneIsNobody(error: unknown): undefined {
  if (isAbsent(error)) return undefined;
  throw error;
}
