import { mailboxAddress } from '@turnpike/contracts';
import { AppError, uuidv7 } from '@turnpike/service-kit';
import { findPerson, type Person } from '../account/stores/people.ts';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Context } from '../context.ts';
import { isPassingFault } from '../email-codes/passing-fault.ts';
import { signInAddress } from '../identities/stores/address-accounts.ts';
import { linkIdentity } from '../identities/stores/identity-links.ts';
import type { ClientInfo } from '../sessions/domain/session.ts';
import { endOtherSessions, sessionAgeSeconds } from '../sessions/stores/other-sessions.ts';
import { provePassword } from './login.ts';
import { auditOf, tellOfChange } from './reset.ts';
import { passwordRevision, replacePassword } from './stores/passwords.ts';
import { dropResetTokens } from './stores/reset-tokens.ts';

/** Age of a session, in seconds, up to which it may set a first password by itself. */
const FRESH_SESSION_SECONDS = 600;

/** A signed-in person who changes their password, or sets the first one. */
export interface PasswordChange {
  readonly userId: string;
  readonly sessionId: string;
  readonly current: string | undefined;
  /** Mailed to the person's address. */
  readonly code: string | undefined;
  readonly next: string;
  readonly clientAddress: string;
}

/**
 * Changes a password and ends all sessions but the one that asks; returns how many. Throws `PasswordRejected`, `HashingBusy`, `TooManyTries`,
 * 422 for a wrong present password or code, 403 where a first one needs a fresh session, and 409 where the account has no proven address or
 * its password was changed meanwhile.
 */
export async function changePassword(context: Context, change: PasswordChange, client: ClientInfo): Promise<number> {
  const { database, passwords } = context;
  const { userId, next } = change;
  const person = await findPerson(database, userId);
  if (person === undefined) throw new AppError('auth.session_revoked');
  const email = (await signInAddress(database, userId)) ?? provenAddress(person);
  const text = await passwords.accept(next, { email, names: [person.firstName, person.lastName] });
  const present = await passwordRevision(database, userId);
  if (present === undefined) return setFirst(context, change, email, text, client);
  await proveCurrent(context, change, email);
  return put(context, change, email, present, await passwords.hasher.hash(text), client);
}

async function proveCurrent(
  context: Context,
  { current, clientAddress }: PasswordChange,
  email: string,
): Promise<void> {
  if (current === undefined) throw invalid('current_password', 'Required');
  const proven = await provePassword(context, { email, password: current, clientAddress });
  // 422 and not 401: the session is fine, and a client that is told otherwise refreshes it and tries again.
  if (proven === undefined) throw invalid('current_password', 'Wrong password');
}

/** The first password of an account, for the identity of its proven address. */
async function setFirst(
  context: Context,
  change: PasswordChange,
  email: string,
  text: string,
  client: ClientInfo,
): Promise<number> {
  const { verification, database, passwords } = context;
  const { code, sessionId, userId, clientAddress } = change;
  const work = async () => {
    const phc = await passwords.hasher.hash(text);
    await linkAddress(context, userId, email);
    return put(context, change, email, undefined, phc, client);
  };
  if (code !== undefined) {
    const redemption = { purpose: 'sign_in', email, code, clientAddress } as const;
    const ended = await verification.redeem(redemption, work, isPassingFault);
    if (ended === undefined) throw invalid('code', 'The code is wrong or has expired');
    return ended;
  }
  const age = await sessionAgeSeconds(database, sessionId);
  if (age === undefined || age > FRESH_SESSION_SECONDS) {
    throw new AppError('auth.reauthentication_required', {
      detail: 'Sign in again to set a password, or send a `code` mailed to your address.',
    });
  }
  return work();
}

/** Makes a proven address one that the account signs in with: the identity that a password belongs to. */
async function linkAddress({ database, memory }: Context, userId: string, email: string): Promise<void> {
  const profile = { provider: 'email', subject: email, email, emailVerified: true };
  const digests = await memory.digestsOf(profile);
  const outcome = await linkIdentity(database, uuidv7(), userId, profile, digests);
  if (outcome === 'linked' || outcome === 'already') return;
  if (outcome === 'inactive') throw new AppError('auth.session_revoked');
  throw new AppError('resource.conflict', { detail: 'This address signs in to another account.' });
}

async function put(
  context: Context,
  { userId, sessionId }: PasswordChange,
  email: string,
  revision: string | undefined,
  phc: string,
  client: ClientInfo,
): Promise<number> {
  const { database, revocations } = context;
  const ended = await database.transaction(async (db) => {
    if (!(await replacePassword(db, userId, revision, phc))) return undefined;
    await dropResetTokens(db, email);
    await recordAuditEvent(db, auditOf('password.changed', userId, client, sessionId));
    return endOtherSessions(db, userId, sessionId, 'password_changed');
  });
  if (ended === undefined)
    throw new AppError('resource.conflict', { detail: 'The password was changed by another request.' });
  await revocations.announce(ended);
  await tellOfChange(context, userId, email);
  return ended.length;
}

function provenAddress({ email, emailVerified }: Person): string {
  if (email !== null && emailVerified) return mailboxAddress(email);
  throw new AppError('resource.conflict', {
    detail: 'A password needs an address that is proven to be yours. Sign in with a mailed code first.',
  });
}

function invalid(field: string, message: string): AppError {
  return new AppError('request.invalid', { errors: [{ path: `body.${field}`, message }] });
}
