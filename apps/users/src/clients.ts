import { grantCredits } from '@turnpike/contracts';
import { createInternalClient, type InternalClient } from '@turnpike/service-kit';

/** How long a sign-up waits for its credits before the event takes over, in milliseconds. */
const SIGN_UP_GRANT_TIMEOUT_MS = 1_500;

/** How the sign-up grant is known at credits: one per user for ever, whether the call or the event brings it. */
const SIGN_UP_SOURCE = 'signup_bonus';

/** A client of credits that gives up early, since nobody should wait long for a sign-in. */
export function createGrantClient(baseUrl: string, serviceKey: string | undefined): InternalClient {
  return createInternalClient({
    service: 'credits',
    baseUrl,
    serviceKey,
    timeoutMs: SIGN_UP_GRANT_TIMEOUT_MS,
    attemptsMax: 1,
  });
}

/** Grants a new user's credits; repeating it grants nothing more. */
export async function grantSignUpCredits(credits: InternalClient, userId: string, amount: number): Promise<void> {
  await credits.call(grantCredits, {
    body: {
      user_id: userId,
      amount,
      source: SIGN_UP_SOURCE,
      source_ref: userId,
      transaction_type: 'signup_bonus',
      description: 'Welcome credits',
    },
  });
}
