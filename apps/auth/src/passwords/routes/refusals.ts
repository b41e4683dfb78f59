import { AppError } from '@turnpike/service-kit';
import { TooManyCodes } from '../../email-codes/domain/verification.ts';
import { HashingBusy } from '../domain/hash-slots.ts';
import { PasswordRejected, type PasswordFault } from '../domain/policy.ts';
import { TooManyTries } from '../domain/throttle.ts';

const FAULTS: Readonly<Record<PasswordFault, string>> = {
  too_short: 'The password is too short.',
  too_long: 'The password is too long.',
  common: 'This password is one of those that are guessed first.',
  context: 'The password is made of your own address or names, or of the name of this product.',
  malformed: 'The password is not well-formed Unicode.',
};

/**
 * What a caller is told when nothing was done with a password. Use it as `.catch(refusePassword('new_password'))`, with the member of the body
 * that held a new one; anything but a refusal is thrown on.
 */
export function refusePassword(member: string) {
  return (error: unknown): never => {
    if (error instanceof PasswordRejected) {
      throw new AppError('auth.password_rejected', {
        detail: FAULTS[error.fault],
        errors: [{ path: `body.${member}`, message: FAULTS[error.fault] }],
        extra: { reason: error.fault },
      });
    }
    if (error instanceof HashingBusy) {
      throw new AppError('auth.busy', {
        detail: 'Too many passwords are being checked at the moment.',
        headers: { 'Retry-After': '1' },
        cause: error,
      });
    }
    if (error instanceof TooManyTries || error instanceof TooManyCodes) throw tooMany(error);
    throw error;
  };
}

function tooMany({ retryAfterSeconds }: TooManyTries | TooManyCodes): AppError {
  return new AppError('rate_limit.exceeded', {
    detail: `Too many attempts. Try again in ${retryAfterSeconds} seconds.`,
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
}
