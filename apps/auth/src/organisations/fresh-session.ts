import { AppError } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import { sessionAgeSeconds } from '../sessions/stores/other-sessions.ts';

/** Age of a session, in seconds, up to which it may do what a stolen one must not. */
const FRESH_SESSION_SECONDS = 600;

/** Throws `auth.reauthentication_required` unless the session was opened in the last 10 minutes. */
export async function requireFreshSession(db: Db, sessionId: string): Promise<void> {
  const age = await sessionAgeSeconds(db, sessionId);
  if (age === undefined || age > FRESH_SESSION_SECONDS)
    throw new AppError('auth.reauthentication_required', { detail: 'This needs a sign-in of the last 10 minutes.' });
}
