import { AppError, type GatewayIdentity } from '@turnpike/service-kit';

/** The session that asks. API keys have none: they must not manage sessions, names or the account itself. */
export function requireSession({ sessionId }: GatewayIdentity): string {
  if (sessionId === undefined)
    throw new AppError('auth.scope_missing', { detail: 'This needs a signed-in session, not an API key.' });
  return sessionId;
}
