import type { Logger, OutboxRelay } from '@turnpike/service-kit';
import type { User } from './domain/user.ts';
import type { FindOrCreate, UserStore } from './stores/user-store.ts';

/** What signing up needs. */
export interface SignUp {
  readonly users: UserStore;
  readonly relay: Pick<OutboxRelay, 'kick'>;
  /** Whole credits of a new user. */
  readonly signupCredits: number;
  /** Has credits open a new user's account at once; must be idempotent per user. */
  readonly openAccount: (userId: string, credits: number, lineageId: string | undefined) => Promise<void>;
}

/**
 * Finds the user of a key, or creates it. A new user's account is opened before the answer, so that the first thing
 * they read is their balance; if credits is slow or down, the `user.created` event opens it later.
 */
export async function findOrCreateUser(
  { users, relay, signupCredits, openAccount }: SignUp,
  request: Omit<FindOrCreate, 'signupCredits'>,
  log: Logger,
): Promise<{ user: User; created: boolean }> {
  const result = await users.findOrCreate({ ...request, signupCredits });
  if (!result.created) return result;
  relay.kick();
  const { user, grantedCredits } = result;
  if (grantedCredits > 0 || request.lineageId !== undefined) {
    await openAccount(user.id, grantedCredits, request.lineageId).catch((err: unknown) => {
      log.warn({ err, userId: user.id }, 'the credit account will be opened by the event');
    });
  }
  return result;
}
