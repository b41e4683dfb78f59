import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from './errors.ts';

/**
 * Compares a presented key with every configured value in constant time. Digests are compared, so lengths tell nothing either. Gives the
 * index of the match, or -1.
 */
export function matchKey(presented: string, accepted: readonly string[]): number {
  const given = sha256(presented);
  let found = -1;
  for (const [index, value] of accepted.entries()) {
    if (timingSafeEqual(given, sha256(value)) && found === -1) found = index;
  }
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Throws 403 unless the presented admin key is one of the configured ones; with none configured, admin routes are off (403). */
export function checkAdminKey(presented: string | undefined, accepted: readonly string[]): void {
  if (!presented || matchKey(presented, accepted) === -1) {
    throw new AppError('auth.admin_key_invalid', { detail: 'Invalid admin key' });
  }
}
