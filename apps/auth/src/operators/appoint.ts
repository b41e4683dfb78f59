import { mailboxAddress, type OperatorRole } from '@turnpike/contracts';
import { recordAuditEvent, type AuditEvent } from '../audit/stores/audit.ts';
import type { Database, Db } from '../database.ts';
import { accountOfAddress } from '../identities/stores/address-accounts.ts';
import { deleteOperator, developmentAccount, lockCandidate, saveOperator } from './stores/operators.ts';

/** Why nobody was appointed or dismissed, in a sentence for whoever typed the command. */
export class OperatorRefused extends Error {
  override readonly name = 'OperatorRefused';
}

/** The account that is meant: by its id, or by an address of the person. */
export type Who = { readonly userId: string } | { readonly email: string };

/** Who appoints or dismisses, and why. */
export interface Appointment {
  readonly who: Who;
  readonly by: string;
  readonly reason: string | undefined;
  /** The operator and the request, where it was not the command line. */
  readonly operatorId?: string | undefined;
  readonly requestId?: string;
}

/** The account after it. */
export interface Appointed {
  readonly userId: string;
  readonly email: string | null;
  /** False where it was so already. */
  readonly changed: boolean;
}

/**
 * Makes a person an operator, or gives an operator another role. Throws `OperatorRefused` for an account that is not active or shared, and for an
 * address that nobody has proven: whoever signed up with it first would get the role. `unproven` takes those too, where no address is proven.
 */
export function grantOperator(
  database: Database,
  { who, by, reason }: Appointment,
  role: OperatorRole,
  { unproven }: { readonly unproven: boolean },
): Promise<Appointed> {
  return database.transaction(async (db) => {
    const userId = await accountOf(db, who, unproven);
    const account = await lockCandidate(db, userId);
    if (account === undefined) throw noAccount(who);
    if (account.status !== 'active') throw new OperatorRefused(`The account ${userId} is ${account.status}.`);
    if (account.shared) throw new OperatorRefused('Everybody shares this account: it cannot be an operator.');
    const { email } = account;
    if (account.role === role) return { userId, email, changed: false };
    await saveOperator(db, userId, role, by);
    await record(db, 'operator.grant', userId, { role, was: account.role ?? 'none', by, ...why(reason) });
    return { userId, email, changed: true };
  });
}

/** Takes the role from an operator. */
export function revokeOperator(
  database: Database,
  { who, by, reason, operatorId, requestId }: Appointment,
): Promise<Appointed> {
  const call = { operatorId: operatorId ?? null, ...(requestId === undefined ? {} : { requestId }) };
  return database.transaction(async (db) => {
    const userId = await accountOf(db, who, true);
    const account = await lockCandidate(db, userId);
    if (account === undefined) throw noAccount(who);
    const { email, role } = account;
    if (role === undefined) return { userId, email, changed: false };
    await deleteOperator(db, userId);
    await record(db, 'operator.revoke', userId, { was: role, by, ...why(reason) }, call);
    return { userId, email, changed: true };
  });
}

async function accountOf(db: Db, who: Who, unproven: boolean): Promise<string> {
  if ('userId' in who) return who.userId;
  const address = mailboxAddress(who.email);
  const found = await accountOfAddress(db, address);
  if (found?.proven === true) return found.userId;
  const userId = found?.userId ?? (await developmentAccount(db, address));
  if (userId === undefined) throw noAccount(who);
  if (unproven) return userId;
  throw new OperatorRefused(
    `Nobody has proven to own ${who.email}. Sign in once with a code that is mailed there, or name the account by its id.`,
  );
}

function noAccount(who: Who): OperatorRefused {
  return new OperatorRefused(
    'userId' in who ? `There is no account ${who.userId}.` : `There is no account of ${who.email}: sign in once.`,
  );
}

function why(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

function record(
  db: Db,
  action: string,
  userId: string,
  detail: Readonly<Record<string, string>>,
  call: Pick<AuditEvent, 'operatorId' | 'requestId'> = {},
): Promise<void> {
  return recordAuditEvent(db, { action, userId, actor: 'operator', detail, ...call });
}
