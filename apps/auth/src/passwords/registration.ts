import { displayNameOrNone, updateUser } from '@turnpike/contracts';
import { AppError, uuidv7 } from '@turnpike/service-kit';
import { noteNames } from '../account/stores/people.ts';
import type { Context } from '../context.ts';
import { isPassingFault } from '../email-codes/passing-fault.ts';
import { accountOfAddress, proveAddress, unprovenAddress } from '../identities/stores/address-accounts.ts';
import type { ClientInfo } from '../sessions/domain/session.ts';
import type { IssuedTokens } from '../sessions/domain/sessions.ts';
import { throwRefusal } from '../sessions/routes/refusals.ts';
import { addPassword, addUnprovenPassword } from './stores/passwords.ts';
import { dropRegistrations, findRegistration, saveRegistration } from './stores/registrations.ts';

/** What somebody signs up with. */
export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** A token that was mailed to the address proves it. */
  readonly proven: boolean;
}

/**
 * Signs up: where addresses must be proven, keeps a row and mails a code; otherwise makes the account. Returns the id of the account that is, or
 * will be. Every address takes the same steps in the first case. A proven address has its account at once too. Throws `PasswordRejected`, `HashingBusy`, `TooManyCodes`, and 400 for an
 * address that is taken in the others.
 */
export async function signUp(context: Context, request: SignUp, clientAddress: string): Promise<string> {
  const { email, firstName, lastName, proven } = request;
  const { config, database, passwords } = context;
  const password = await passwords.accept(request.password, { email, names: [firstName, lastName] });
  const known = await accountOfAddress(database, email);
  const isTaken = proven ? known?.proven === true : !config.emailVerification && known !== undefined;
  if (isTaken) throw emailTaken();
  const phc = await passwords.hasher.hash(password);
  const sign = { id: uuidv7(), email, phc, firstName, lastName };
  if (proven) {
    if ((await makeProven(context, sign)) === undefined) throw emailTaken();
    return sign.id;
  }
  if (!config.emailVerification) return openUnproven(context, sign);
  await askForProof(context, sign, known?.proven === true, clientAddress);
  return sign.id;
}

/** Mails the code that finishes a sign-up, or, to an address that has an account, that it has. */
async function askForProof(
  { mailQueue, verification, database }: Context,
  sign: SignUpRow,
  hasAccount: boolean,
  clientAddress: string,
): Promise<void> {
  const { id, email } = sign;
  const request = { purpose: 'registration', email, clientAddress, bound: id } as const;
  const { networks } = verification.askerOf(email, clientAddress);
  await verification.send(request, async ({ id: mailId, code, lifeSeconds }) => {
    await saveRegistration(database, sign, networks[0], lifeSeconds);
    await mailQueue.add(mailId, {
      template: 'registration',
      to: email,
      code: hasAccount ? null : code,
      lifeSeconds,
    });
  });
}

type SignUpRow = Parameters<typeof saveRegistration>[1];

/** An account whose address nobody has proven. Whoever proves it takes it away again: see `identity_evict_unproven`. */
async function openUnproven({ database, identify }: Context, sign: SignUpRow): Promise<string> {
  const { id, email, phc, firstName, lastName } = sign;
  const userId = await identify({ ...profileOf(sign), emailVerified: false, proposedUserId: id }).catch(throwRefusal);
  const added = await database.transaction(async (db) => {
    if (!(await addUnprovenPassword(db, userId, email, phc))) return false;
    await noteNames(db, userId, firstName, lastName);
    return true;
  });
  // Somebody else has signed up with the address, or proven it, since we looked.
  if (!added) throw emailTaken();
  return userId;
}

/**
 * Makes the account of a sign-up and signs in, if the code is right; `undefined` if not. Who holds the id signed up, and who holds the code
 * reads the mailbox: only both together get the account.
 */
export async function finishSignUp(
  context: Context,
  attempt: { readonly id: string; readonly code: string; readonly clientAddress: string },
  client: ClientInfo,
): Promise<IssuedTokens | undefined> {
  const { verification, database } = context;
  const sign = await findRegistration(database, attempt.id);
  if (sign === undefined) return proveLater(context, attempt, client);
  const { id, email } = sign;
  const redemption = { purpose: 'registration', email, bound: id, ...attempt } as const;
  return verification.redeem(redemption, () => openProven(context, sign, client), isPassingFault);
}

/** The same for an account that is there already: its id, and a sign-in code of its address, which so becomes proven. */
async function proveLater(
  context: Context,
  attempt: { readonly id: string; readonly code: string; readonly clientAddress: string },
  client: ClientInfo,
): Promise<IssuedTokens | undefined> {
  const { verification, database, memory, users } = context;
  const { id } = attempt;
  const email = await unprovenAddress(database, id);
  if (email === undefined) return undefined;
  const profile = { provider: 'email', subject: email, email, emailVerified: true };
  return verification.redeem(
    { purpose: 'sign_in', email, ...attempt },
    async () => {
      if (!(await proveAddress(database, id, email, await memory.digestsOf(profile)))) return undefined;
      await users.call(updateUser, { params: { id }, body: { email, email_verified: true }, repeatable: true });
      return context.openSessionFor(id, { ...profile, client }).catch(throwRefusal);
    },
    isPassingFault,
  );
}

async function openProven(context: Context, sign: SignUpRow, client: ClientInfo): Promise<IssuedTokens | undefined> {
  const { id, email } = sign;
  const known = await accountOfAddress(context.database, email);
  // An account that was opened since the sign-up is not this one, unless an outage broke us off after it was made.
  if (known?.proven === true && known.userId !== id) return undefined;
  const userId = await makeProven(context, sign);
  if (userId === undefined) return undefined;
  const profile = { ...profileOf(sign), emailVerified: true };
  return context.openSessionFor(userId, { ...profile, provider: 'password', client }).catch(throwRefusal);
}

/**
 * The account of a sign-up whose address is proven; whoever signed up with it without a proof loses it. `undefined` where the address has led to
 * another account in the meantime.
 */
async function makeProven({ database, identify }: Context, sign: SignUpRow): Promise<string | undefined> {
  const { id, email, phc, firstName, lastName } = sign;
  const userId = await identify({ ...profileOf(sign), emailVerified: true, proposedUserId: id }).catch(throwRefusal);
  if (userId !== id) return undefined;
  await database.transaction(async (db) => {
    await addPassword(db, userId, phc);
    await noteNames(db, userId, firstName, lastName);
    await dropRegistrations(db, email);
  });
  return userId;
}

function profileOf({ email, firstName, lastName }: SignUpRow): {
  provider: string;
  subject: string;
  email: string;
  displayName: string | undefined;
} {
  const names = [firstName, lastName].filter((name) => name !== null).join(' ');
  return { provider: 'email', subject: email, email, displayName: displayNameOrNone(names) };
}

function emailTaken(): AppError {
  return new AppError('auth.email_taken', { detail: 'Email already registered' });
}
