import type { User } from '@turnpike/contracts';
import type { ClientInfo } from '../../sessions/domain/session.ts';
import { SessionRefused, type IssuedTokens, type SessionRequest } from '../../sessions/domain/sessions.ts';

/** One way in: provider and subject decide, the rest is what the provider said of the person. */
export interface IdentityProfile {
  readonly provider: string;
  /** The provider's id of the person; never an e-mail address that could change hands. */
  readonly subject: string;
  readonly email?: string | undefined;
  readonly emailVerified: boolean;
  readonly displayName?: string | undefined;
  /** The id that a user who has to be made for it shall have. */
  readonly proposedUserId?: string | undefined;
}

/** The account an identity was linked to; `occupied`: it was not, because the account has another identity of its provider. */
export interface Adoption {
  readonly status: 'active' | 'disabled' | 'deleted' | 'occupied';
  readonly userId: string;
}

/** What is known of an identity: its user (perhaps just linked, because both sides proved one address), or how to ask for one. */
export type Recognition =
  | { readonly userId: string }
  | {
      readonly userId: undefined;
      /** The key by which the users service shall know its user. */
      readonly externalKey: string;
      /** The key of another provider's first sign-in with the same verified address, whose user is being made at this moment. */
      readonly sharedKey: string | undefined;
      /** The person's accounts so far, if they had any; a random id that names nobody. */
      readonly lineageId: string;
    };

/** What a sign-in needs of the world. Outages are thrown through. */
export interface SignInPorts {
  recognise(profile: IdentityProfile): Promise<Recognition>;
  /** Finds or creates the user at the users service, which knows it by this key, as the next of a lineage. */
  provisionUser(
    externalKey: string,
    profile: IdentityProfile,
    tier: string | undefined,
    lineageId: string,
  ): Promise<User>;
  /** Returns the user another tier, at users and here. */
  setTier(userId: string, tier: string): Promise<void>;
  /** `shared`: the user was made for an identity of another provider, with the same verified address. */
  adoptIdentity(user: User, profile: IdentityProfile, shared: boolean, lineageId: string): Promise<Adoption>;
  /** Asks users whether a user may sign in now, and records the answer. */
  isActiveNow(userId: string): Promise<boolean>;
  openSession(request: SessionRequest): Promise<IssuedTokens>;
  pause(milliseconds: number): Promise<void>;
}

/** A proven identity that asks for a session. */
export interface SignInRequest extends IdentityProfile {
  readonly client: ClientInfo;
  /** The tier the user shall have; a new user's is `free` unless told, a known one's stays. */
  readonly tier?: string | undefined;
  readonly actor?: 'user' | 'operator';
}

/** How often and how long a sign-in waits for the erasure of its old account, in milliseconds. */
const CLOSING_PAUSE_MS = 100;
const CLOSING_PAUSES_MAX = 30;

/**
 * Signs a proven identity in: finds or creates its user, and opens a session; concurrent first sign-ins make one user.
 * Throws `SessionRefused`: `account_disabled`, or `account_deleted` while the identity's old account is still being
 * erased.
 */
export function signIn(ports: SignInPorts, request: SignInRequest): Promise<IssuedTokens> {
  return onceClosed(ports, async () => openSessionFor(ports, await findUser(ports, request, request.tier), request));
}

/** The first half of a sign-in: the user of a proven identity, found, linked or created, without a session. Throws like `signIn`. */
export function identify(ports: SignInPorts, profile: IdentityProfile): Promise<string> {
  return onceClosed(ports, () => findUser(ports, profile, undefined));
}

/** Tries again while the old account of an identity is being erased: that takes a moment, and then a new one can be made. */
async function onceClosed<T>(ports: SignInPorts, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const closing = error instanceof SessionRefused && error.reason === 'account_deleted';
      if (!closing || attempt > CLOSING_PAUSES_MAX) throw error;
      await ports.pause(CLOSING_PAUSE_MS);
    }
  }
}

async function findUser(ports: SignInPorts, profile: IdentityProfile, tier: string | undefined): Promise<string> {
  const known = await ports.recognise(profile);
  if (known.userId !== undefined) return known.userId;
  const { externalKey, sharedKey, lineageId } = known;
  const provide = (key: string, shared: boolean) => provideUser(ports, { key, shared, lineageId }, profile, tier);
  // Two providers at once: whoever is first at the users service makes the one user of both.
  const shared = sharedKey === undefined ? undefined : await provide(sharedKey, true);
  const adopted = shared === undefined || shared.status === 'occupied' ? await provide(externalKey, false) : shared;
  if (adopted.status === 'deleted') throw new SessionRefused('account_deleted');
  return adopted.userId;
}

/** Finds or creates the user of a key, and links the identity to it. */
async function provideUser(
  ports: SignInPorts,
  { key, shared, lineageId }: { readonly key: string; readonly shared: boolean; readonly lineageId: string },
  profile: IdentityProfile,
  tier: string | undefined,
): Promise<Adoption> {
  const user = await ports.provisionUser(key, profile, tier, lineageId);
  if (user.status !== 'active') throw new SessionRefused(`account_${user.status}`);
  return ports.adoptIdentity(user, profile, shared, lineageId);
}

/** The second half of a sign-in: a session of a user that is known here. Throws `SessionRefused` with `account_*`. */
export async function openSessionFor(
  ports: SignInPorts,
  userId: string,
  request: SignInRequest,
): Promise<IssuedTokens> {
  if (request.tier !== undefined) await ports.setTier(userId, request.tier);
  const { provider, actor, client } = request;
  return openRevived(ports, { userId, method: provider, client, ...(actor === undefined ? {} : { actor }) });
}

/** Opens a session; where the account is noted as disabled, asks first whether it still is. Throws `SessionRefused` with `account_*`. */
export async function openRevived(
  ports: Pick<SignInPorts, 'openSession' | 'isActiveNow'>,
  session: SessionRequest,
): Promise<IssuedTokens> {
  try {
    return await ports.openSession(session);
  } catch (error) {
    if (!(error instanceof SessionRefused) || error.reason !== 'account_disabled') throw error;
    // The event that enabled the user again may not have arrived yet.
    if (!(await ports.isActiveNow(session.userId))) throw error;
    return ports.openSession(session);
  }
}
