import type { IncomingMessage } from 'node:http';
import { userId } from '@turnpike/downstream-kit';
import { AppError } from '@turnpike/service-kit';

/** The user of a route that is about a user's own things. Throws 401 for an anonymous call. */
export function requireUserId(request: IncomingMessage): string {
  const user = userId(request);
  if (user === undefined) throw new AppError('auth.missing', { detail: 'X-User-Id is missing' });
  return user;
}
