import { AppError, unavailable } from '@turnpike/service-kit';
import { SessionRefused } from '../domain/sessions.ts';

/** What a caller is told when no tokens are given. Use it as `.catch(throwRefusal)`; anything but a refusal is thrown on. */
export function throwRefusal(error: unknown): never {
  throw error instanceof SessionRefused ? refusalOf(error) : error;
}

function refusalOf(refused: SessionRefused): AppError {
  const cause = refused;
  switch (refused.reason) {
    case 'account_disabled':
      return new AppError('auth.forbidden', { detail: 'This account is disabled.', cause });
    case 'account_deleted':
      return unavailable('This account', cause);
    case 'account_unknown':
      return new AppError('resource.not_found', { detail: 'User not found', cause });
    case 'session_ended':
      return new AppError('auth.session_revoked', { detail: 'This session has ended. Sign in again.', cause });
    case 'refresh_expired':
      return new AppError('auth.refresh_invalid', { detail: 'This refresh token has expired. Sign in again.', cause });
    case 'refresh_invalid':
      return new AppError('auth.refresh_invalid', { detail: 'Invalid refresh token.', cause });
  }
}
