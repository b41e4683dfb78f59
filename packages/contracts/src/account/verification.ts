import { z } from 'zod';
import { REFRESH_PER_MINUTE } from '../auth/sessions.ts';
import { emailAddress, isAscii, mailboxAddress } from '../email-address.ts';
import { defineEndpoint } from '../endpoint.ts';
import { envelope, field, tokenResponse } from '../fields.ts';

/** Longest address that can sign in, in characters: with `email:` before it, it must fit an identity's key. */
const SIGN_IN_EMAIL_CHARS_MAX = 249;
/** Longest spelling of such an address that is read, in characters. */
const SPELLING_CHARS_MAX = 320;
/** Digits of a code. */
export const CODE_DIGITS = 6;

/** An address that somebody signs in with. */
export const signInEmail = z
  .string()
  .trim()
  .max(SPELLING_CHARS_MAX)
  .transform(mailboxAddress)
  .pipe(
    emailAddress(SIGN_IN_EMAIL_CHARS_MAX).refine(
      isAscii,
      'Must have ASCII characters only before the @ to be mailed to',
    ),
  )
  .meta({
    format: 'idn-email',
    description:
      `E-mail address, at most ${SIGN_IN_EMAIL_CHARS_MAX} characters with its domain in ASCII; the case of ASCII letters is ignored, and an ` +
      'international domain is the same as its ASCII form.',
  });

/** A mailed code. */
export const mailedCode = z.string().regex(new RegExp(`^[0-9]{${CODE_DIGITS}}$`), `must be ${CODE_DIGITS} digits`);

/** An answer that has nothing to say. */
const nothing = envelope(z.strictObject({}));

export const sendCode = defineEndpoint({
  id: 'account.sendCode',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/verification/send-code',
  access: 'public',
  summary: 'Mail a sign-in code',
  description:
    'A code of six digits, good for ten minutes. Answered alike, and in the same time, whether the address is known or not: a first ' +
    'sign-in makes the account. A client network is sent one code a minute for an address (429 with `Retry-After`); a new code replaces the one ' +
    'that it was sent before.',
  body: z.object({ email: signInEmail }),
  responses: { 202: nothing },
  errors: ['request.invalid', 'rate_limit.exceeded', 'service.unavailable'],
});

export const verifyCode = defineEndpoint({
  id: 'account.verifyCode',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/verification/verify-code',
  access: 'public',
  summary: 'Sign in with a mailed code',
  description:
    'The first sign-in makes the account. A code works once; five wrong tries burn it for the client network that asked for it, three of other ' +
    'networks for all but that one. A wrong, used, burnt, outdated or never sent code is answered alike.',
  body: z.object({
    email: signInEmail,
    code: mailedCode,
  }),
  responses: { 200: envelope(tokenResponse.extend({ user_uuid: field.id })) },
  errors: ['request.invalid', 'auth.code_invalid', 'auth.forbidden', 'service.unavailable'],
});

export const accountApiRefresh = defineEndpoint({
  id: 'account.refreshToken',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/verification/refresh-token',
  access: 'public',
  rateLimit: { per: 'credential', member: 'refresh_token', perMinute: REFRESH_PER_MINUTE },
  summary: 'Exchange a refresh token for a new pair',
  description: 'A `user_uuid` that does not own the token is 401, and the token stays as it was.',
  body: z.object({ refresh_token: field.credential, user_uuid: field.id }),
  responses: { 200: envelope(tokenResponse) },
  errors: ['request.invalid', 'auth.refresh_invalid', 'auth.session_revoked', 'service.unavailable'],
});

export const revokeToken = defineEndpoint({
  id: 'account.revokeToken',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/verification/revoke-token',
  access: 'public',
  endsAccess: true,
  summary: 'End the session of a refresh token',
  description: 'RFC 7009: 200 whether or not there was one.',
  body: z.object({ refresh_token: field.credential }),
  responses: { 200: nothing },
  errors: ['request.invalid', 'service.unavailable'],
});
