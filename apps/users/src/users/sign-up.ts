import { recordedTrace, type Logger } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { openCreditAccount } from './credit-account.ts';
import type { User } from './domain/user.ts';
import { findOrCreateUser, type FindOrCreate } from './stores/users.ts';

/**
 * Finds the user of a key, or creates it. A new user's account is opened before the answer, so that the first thing
 * they read is their balance; if credits is slow or down, the `user.created` event opens it later.
 */
export async function signUp(
  { config, credits, database, relay }: Context,
  request: Omit<FindOrCreate, 'signupCredits'>,
  log: Logger,
): Promise<{ user: User; created: boolean }> {
  const wanted = { ...request, signupCredits: config.SIGNUP_CREDITS };
  // The note of a recorded trace must not come after the event has left.
  const result =
    recordedTrace() === undefined
      ? await findOrCreateUser(database, wanted)
      : await database.transaction((db) => findOrCreateUser(db, wanted));
  if (!result.created) return result;
  relay.kick();
  const { user, grantedCredits } = result;
  if (grantedCredits > 0 || request.lineageId !== undefined) {
    await openCreditAccount(credits, user.id, grantedCredits, request.lineageId).catch((err: unknown) => {
      log.warn({ err, userId: user.id }, 'the credit account will be opened by the event');
    });
  }
  return result;
}
