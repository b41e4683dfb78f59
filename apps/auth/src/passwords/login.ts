import { clientNetwork } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { CodeAsker } from '../email-codes/domain/verification.ts';
import type { ClientInfo } from '../sessions/domain/session.ts';
import { SessionRefused, type IssuedTokens } from '../sessions/domain/sessions.ts';
import { endSession } from '../sessions/stores/sessions.ts';
import { HashingBusy } from './domain/hash-slots.ts';
import { normalisePassword } from './domain/policy.ts';
import type { PasswordTry } from './domain/throttle.ts';
import { wideNetwork } from './domain/wide-network.ts';
import {
  noteNetwork,
  passwordRevision,
  readSignInState,
  rehashPassword,
  type StoredPassword,
} from './stores/passwords.ts';

/** An address, what is claimed to be its password, and from where. */
export interface PasswordClaim {
  readonly email: string;
  readonly password: string;
  readonly clientAddress: string;
}

/**
 * Signs in with a password; `undefined` where it is wrong, whatever the reason: no account, no password, a disabled account. All of these take
 * the same steps. Throws `TooManyTries` and `HashingBusy`.
 */
export async function signInWithPassword(
  context: Context,
  claim: PasswordClaim,
  client: ClientInfo,
): Promise<IssuedTokens | undefined> {
  const password = await provePassword(context, claim);
  if (password === undefined) return undefined;
  const { email } = claim;
  const profile = { provider: 'password', subject: email, email, emailVerified: true, client };
  const tokens = await context.openSessionFor(password.userId, profile).catch(noneOfRefused);
  if (tokens === undefined || (await isCurrent(context, password))) return tokens;
  // The password was changed while it was compared, and the session is younger than those that the change ended.
  const { database, revocations } = context;
  await revocations.announce(await endSession(database, tokens.sessionId, tokens.userId, 'password_changed'));
  return undefined;
}

/** The password of an address, if the claim is right: counted before it is compared, and compared also where there is nothing to compare with. */
export async function provePassword(context: Context, claim: PasswordClaim): Promise<StoredPassword | undefined> {
  const { verification, database, figures, passwords } = context;
  const text = normalisePassword(claim.password);
  // No password is that long, so nothing is hashed.
  if (text === undefined) return undefined;
  const asker = verification.askerOf(claim.email, claim.clientAddress);
  const { password, known } = await readSignInState(database, claim.email, asker);
  const attempt = tryOf(context, asker, claim.clientAddress, known, password?.revision);
  const proven = await passwords.throttle.attempt(attempt, async () => {
    const { ok, stale } = await passwords.hasher.verify(text, password?.phc);
    figures.passwordChecks.inc({ outcome: ok ? 'right' : 'wrong' });
    return ok && password !== undefined ? { password, stale } : undefined;
  });
  if (proven === undefined) return undefined;
  await noteNetwork(database, asker);
  if (proven.stale) await rehash(context, proven.password, text);
  return proven.password;
}

/** At today's cost; while too many wait to be hashed, at the next sign-in. */
async function rehash({ database, passwords }: Context, stored: StoredPassword, text: string): Promise<void> {
  try {
    await rehashPassword(database, stored, await passwords.hasher.hash(text));
  } catch (error) {
    if (!(error instanceof HashingBusy)) throw error;
  }
}

function tryOf(
  { vault }: Context,
  { recipients, networks }: CodeAsker,
  clientAddress: string,
  known: boolean,
  revision = 'none',
): PasswordTry {
  const wide = Buffer.from(`wide\n${wideNetwork(clientNetwork(clientAddress))}`);
  return {
    address: recipients[0]?.toString('hex') ?? '',
    network: networks[0]?.toString('hex') ?? '',
    wideNetwork: vault.mac('verification-address', wide).toString('hex'),
    known,
    revision,
  };
}

async function isCurrent({ database }: Context, { userId, revision }: StoredPassword): Promise<boolean> {
  return (await passwordRevision(database, userId)) === revision;
}

function noneOfRefused(error: unknown): undefined {
  if (error instanceof SessionRefused) return undefined;
  throw error;
}
