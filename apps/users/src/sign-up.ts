import type { Logger, OutboxRelay } from '@turnpike/service-kit';
import type { User } from './domain/user.ts';
import type { FindOrCreate, UserStore } from './stores/user-store.ts';

/** What signing up needs. */
export interface SignUp {
  readonly users: UserStore;
  readonly relay: Pick<OutboxRelay, 'kick'>;
  /** Whole credits of a new user. */
  readonly signupCredits: number;
  /** Asks credits for the grant at once; must be idempotent per user. */
  readonly grantCredits: (userId: string, credits: number) => Promise<void>;
}

/**
 * Finds the user of a key, or creates it. A new user's credits are granted before the answer, so that the first thing they read is their
 * balance; if credits is slow or away, the `user.created` event, written with the user, grants them later. Granting twice grants once.
 */
export async function findOrCreateUser(
  { users, relay, signupCredits, grantCredits }: SignUp,
  request: Omit<FindOrCreate, 'signupCredits'>,
  log: Logger,
): Promise<{ user: User; created: boolean }> {
  const result = await users.findOrCreate({ ...request, signupCredits });
  if (!result.created) return result;
  relay.kick();
  if (signupCredits > 0) {
    await grantCredits(result.user.id, signupCredits).catch((err: unknown) => {
      log.warn({ err, userId: result.user.id }, 'sign-up credits will be granted by the event');
    });
  }
  return result;
}
