import { createHash } from 'node:crypto';
import { AppError } from '@turnpike/service-kit';

/** Life of a one-time code, in seconds: long enough for a redirect and one call. */
export const CODE_TTL_SECONDS = 60;
export const CODE = /^[A-Za-z0-9_-]{43}$/;

/** The challenge of a verifier: RFC 7636 §4.6. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** 401 for a code; `cause` is for the log. */
export function codeRefused(cause: string): AppError {
  return new AppError('auth.code_invalid', {
    detail: 'This code is not valid, has expired, or was used before.',
    cause,
  });
}
