import { openAccount } from '@turnpike/contracts';
import { createInternalClient, type InternalClient } from '@turnpike/service-kit';

/** How long a sign-up waits for its credits before the event takes over, in milliseconds. */
const SIGN_UP_TIMEOUT_MS = 1_500;

/** A client of credits that gives up early, since nobody should wait long for a sign-in. */
export function createSignUpClient(baseUrl: string, serviceKey: string | undefined): InternalClient {
  return createInternalClient({
    service: 'credits',
    baseUrl,
    serviceKey,
    timeoutMs: SIGN_UP_TIMEOUT_MS,
    attemptsMax: 1,
  });
}

/** Opens a new user's account; repeating it changes nothing. `signupCredits`: 0 for one who had an account before. */
export async function openCreditAccount(
  credits: InternalClient,
  userId: string,
  signupCredits: number,
  lineageId: string | undefined,
): Promise<void> {
  await credits.call(openAccount, {
    body: { user_id: userId, signup_credits: signupCredits, lineage_id: lineageId },
  });
}
