import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from '@turnpike/service-kit';
import { liveKeyNames } from '../api-keys/stores/live-keys.ts';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Context } from '../context.ts';
import { isPassingFault } from '../email-codes/passing-fault.ts';
import { accountOfAddress } from '../identities/stores/address-accounts.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import type { ClientInfo } from '../sessions/domain/session.ts';
import { throwRefusal } from '../sessions/routes/refusals.ts';
import { endAllSessions } from '../sessions/stores/sessions.ts';
import { passwordRevision, replacePassword } from './stores/passwords.ts';
import { dropResetTokens, findResetToken, saveResetToken, takeResetToken } from './stores/reset-tokens.ts';

const TOKEN_BYTES = 32;
/** How long the notice of a change is worth sending, in seconds. */
const NOTICE_LIFE_SECONDS = 86_400;

/** Mails a way to choose a new password. An address without an account takes the same steps, and its mail is left out. Throws `TooManyCodes`. */
export async function askForReset(
  { mailQueue, verification, config, database }: Context,
  email: string,
  clientAddress: string,
): Promise<void> {
  const known = await accountOfAddress(database, email);
  const revision = known?.revision;
  const { networks } = verification.askerOf(email, clientAddress);
  const request = { ...codeOf(email, clientAddress), bound: revision ?? 'none' };
  await verification.send(request, async ({ id, code, lifeSeconds }) => {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await saveResetToken(database, digestOf(token), { email, revision }, networks[0], lifeSeconds);
    // Behind a #, so that no server on the way logs it and no page that it opens passes it on.
    const link =
      config.PLATFORM_APP_URL === undefined ? null : `${config.PLATFORM_APP_URL}/reset-password#token=${token}`;
    const reset = known === undefined ? null : { code, link };
    await mailQueue.add(id, { template: 'password_reset', to: email, reset, lifeSeconds });
  });
}

/** What was mailed: the token, or the address with the code. */
export type ResetProof = { readonly token: string } | { readonly email: string; readonly code: string };

/**
 * Puts a new password in the place of the one that the proof was mailed for. Returns false where the proof is wrong, used, outdated, or of another
 * password than the present one. Throws `PasswordRejected` and `HashingBusy`; then the proof is as good as before.
 */
export async function resetPassword(
  context: Context,
  proof: ResetProof,
  password: string,
  client: ClientInfo,
  clientAddress: string,
): Promise<boolean> {
  if ('token' in proof) return resetByToken(context, proof.token, password, client);
  const { email, code } = proof;
  const { verification, database, passwords } = context;
  const text = await passwords.accept(password, { email, names: [] });
  const known = await accountOfAddress(database, email);
  const redemption = { ...codeOf(email, clientAddress), bound: known?.revision ?? 'none', code };
  const work = async () => {
    const phc = await passwords.hasher.hash(text);
    return known !== undefined && apply(context, { email, revision: known.revision }, phc, client);
  };
  return (await verification.redeem(redemption, work, isPassingFault)) === true;
}

async function resetByToken(context: Context, token: string, password: string, client: ClientInfo): Promise<boolean> {
  const { database, passwords } = context;
  const digest = digestOf(token);
  const found = await findResetToken(database, digest);
  if (found === undefined) return false;
  const known = await accountOfAddress(database, found.email);
  if (known === undefined || known.revision !== found.revision) return false;
  const phc = await passwords.hasher.hash(await passwords.accept(password, { email: found.email, names: [] }));
  return apply(context, found, phc, client, digest);
}

/** What a reset changes, in one transaction; `digest` is of the token that is used up by it. */
async function apply(
  context: Context,
  { email, revision }: { readonly email: string; readonly revision: string | undefined },
  phc: string,
  client: ClientInfo,
  digest?: Buffer,
): Promise<boolean> {
  const { database, identify, revocations } = context;
  // Whoever was mailed the proof reads the mailbox.
  const userId = await identify({ provider: 'email', subject: email, email, emailVerified: true }).catch(throwRefusal);
  const before = await passwordRevision(database, userId);
  // An account that never proved the address has lost it to a new one, which has no password yet.
  if (before !== undefined && before !== revision) return false;
  const ended = await database.transaction(async (db): Promise<RecordedRevocation[] | undefined> => {
    if (digest !== undefined && !(await takeResetToken(db, digest))) return undefined;
    if (!(await replacePassword(db, userId, before, phc))) return undefined;
    await dropResetTokens(db, email);
    await recordAuditEvent(db, auditOf('password.reset', userId, client));
    return endAllSessions(db, userId, 'password_reset');
  });
  if (ended === undefined) return false;
  await revocations.announce(ended);
  await tellOfChange(context, userId, email);
  return true;
}

/** Mails that a password was changed. What the queue does not take now is left out: the change stands. */
export async function tellOfChange(
  { mailQueue, database, logger }: Context,
  userId: string,
  email: string,
): Promise<void> {
  try {
    const keys = await liveKeyNames(database, userId);
    const notice = { template: 'password_changed', to: email, keys, lifeSeconds: NOTICE_LIFE_SECONDS } as const;
    await mailQueue.add(uuidv7(), notice);
  } catch (err) {
    logger.warn({ err, userId }, 'a changed password was not told of by mail');
  }
}

/** The entry of the audit trail for what happened to a password. */
export function auditOf(action: string, userId: string, client: ClientInfo, sessionId?: string) {
  return {
    action,
    userId,
    ...(sessionId === undefined ? {} : { sessionId }),
    address: client.address ?? null,
    userAgent: client.userAgent ?? null,
    ...(client.requestId === undefined ? {} : { requestId: client.requestId }),
  };
}

function codeOf(email: string, clientAddress: string) {
  return { purpose: 'password_reset', email, clientAddress } as const;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
