import type { SignInProvider } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';

const NAMES = { apple: 'Apple', google: 'Google', github: 'GitHub' } as const satisfies Record<SignInProvider, string>;

/** What the person presented was judged and refused: 401. `reason` goes to the log only. */
export function credentialRefused(provider: SignInProvider, reason: string): AppError {
  return new AppError('auth.credential_invalid', {
    detail: `This ${NAMES[provider]} sign-in is not valid.`,
    cause: reason,
  });
}

/** The provider could not be asked, or refused *us*: 503, never the person's fault. */
export function providerUnavailable(provider: SignInProvider, cause: unknown): AppError {
  return new AppError('auth.provider_unavailable', {
    detail: `${NAMES[provider]} cannot be reached at the moment.`,
    headers: { 'Retry-After': '5' },
    cause,
  });
}

/** A setting is missing: 503 that names it, so that whoever runs the service knows what to do. */
export function providerUnconfigured(provider: SignInProvider, variable: string): AppError {
  return new AppError('auth.provider_unconfigured', {
    detail: `${NAMES[provider]} sign-in is not configured: ${variable} is not set.`,
  });
}
