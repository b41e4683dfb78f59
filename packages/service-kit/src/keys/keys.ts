import { matchKey } from '@turnpike/contracts';
import { AppError } from '../http/errors.ts';

/** Throws 403 unless the presented admin key is one of the configured ones; with none configured, admin routes are off (403). */
export function checkAdminKey(presented: string | undefined, accepted: readonly string[]): void {
  if (!presented || matchKey(presented, accepted) === -1) {
    throw new AppError('auth.admin_key_invalid', { detail: 'Invalid admin key' });
  }
}
