import { z } from 'zod';
import { mailedCode, signInEmail } from '../account/verification.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, insteadOf } from '../fields.ts';
import { messageResponse, newPassword, presentedPassword } from './fields.ts';

export const forgotPassword = defineEndpoint({
  id: 'platform.forgotPassword',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/forgot-password',
  access: 'public',
  summary: 'Mail a way to choose a new password',
  description:
    'The mail holds a token (in a link, where the operator set its base) and a code of six digits; either works once, within half an hour, and a newer ' +
    'mail replaces both. Answered alike, and in the same time, whether the address has an account or not; one a minute for an address and a ' +
    'client network (429 with `Retry-After`).',
  body: z.object({ email: signInEmail }),
  responses: { 200: messageResponse },
  errors: ['request.invalid', 'rate_limit.exceeded', 'service.unavailable'],
});

export const resetPassword = defineEndpoint({
  id: 'platform.resetPassword',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/reset-password',
  access: 'public',
  ownBearer: true,
  summary: 'Choose a new password with what was mailed',
  description:
    'Send the `token` of the mail, in the body or as `Authorization: Bearer`, or the `email` with the `code`. Opens no session: sign in with the new password. All sessions of the account ' +
    'end, its API keys live on. A password that the rules do not allow (422) uses nothing up. `password` is taken for `new_password`.',
  body: z
    .object({
      token: field.credential.optional(),
      email: signInEmail.optional().meta(insteadOf('token')),
      code: mailedCode.optional().meta(insteadOf('token')),
      new_password: newPassword.optional(),
      password: newPassword.optional().meta(insteadOf('new_password')),
    })
    .refine(({ new_password: chosen, password }) => (chosen ?? password) !== undefined, {
      message: 'Required',
      path: ['new_password'],
    }),
  responses: { 200: messageResponse },
  errors: [
    'request.invalid',
    'auth.ambiguous',
    'auth.reset_invalid',
    'auth.password_rejected',
    'rate_limit.exceeded',
    'auth.busy',
    'service.unavailable',
  ],
});

export const changePassword = defineEndpoint({
  id: 'platform.changePassword',
  owner: 'auth',
  family: 'platform',
  method: 'PUT',
  path: '/platform/api/global/auth/password',
  access: 'user',
  summary: 'Change the own password, or set the first one',
  description:
    'With `current_password`; a wrong one is 422 on that field and counts as a failed sign-in. An account without a password sets its first one in ' +
    'a session of the last ten minutes, or with a `code` mailed to its address. This session lives on, all others end; API keys live on.',
  body: z.object({
    current_password: presentedPassword.optional(),
    code: mailedCode.optional(),
    new_password: newPassword,
  }),
  responses: {
    200: messageResponse.extend({ sessions_ended: z.number().int().nonnegative() }),
  },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.reauthentication_required',
    'auth.code_invalid',
    'auth.password_rejected',
    'resource.conflict',
    'rate_limit.exceeded',
    'auth.busy',
    'service.unavailable',
  ],
});
