import { z } from 'zod';
import { mailedCode, signInEmail } from '../account/verification.ts';
import { REFRESH_PER_MINUTE } from '../auth/sessions.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { globalTokens, messageResponse, nameOfPerson, newPassword, presentedPassword, signedIn } from './fields.ts';
import { inviteToken } from './own-invites.ts';
import { environment } from './roles.ts';
import { scopedToken } from './tenants.ts';

export const register = defineEndpoint({
  id: 'platform.register',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/register',
  access: 'public',
  summary: 'Sign up with an address and a password',
  description:
    'Where addresses must be verified (`verification_required`), a code is mailed and there is no account until `verify-email` has the `id` of ' +
    'this answer and the code of the mail together; an address that has an account already is answered alike, and mailed that it has. Where they ' +
    'need not be, the account is there at once with an unverified address, and a taken address is 400. With the `invite_token` that was mailed to the ' +
    'address the account is there at once with a verified address: the token proves it. The invite is accepted apart from that.',
  body: z.object({
    email: signInEmail,
    password: newPassword,
    first_name: nameOfPerson,
    last_name: nameOfPerson,
    invite_token: inviteToken.optional(),
  }),
  responses: {
    201: z.object({
      id: field.id.describe('Of the account, once there is one.'),
      email: shown.email,
      first_name: shown.name.nullable(),
      last_name: shown.name.nullable(),
      created_at: field.timestamp.describe('When they signed up.'),
      verification_required: z.boolean(),
    }),
  },
  errors: [
    'request.invalid',
    'auth.email_taken',
    'auth.password_rejected',
    'invite.invalid',
    'invite.email_mismatch',
    'rate_limit.exceeded',
    'auth.busy',
    'service.unavailable',
  ],
});

export const verifyEmail = defineEndpoint({
  id: 'platform.verifyEmail',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/verify-email',
  access: 'public',
  summary: 'Finish a sign-up with the mailed code',
  description:
    'Makes the account and signs in; of an account that is there with an unverified address it takes a code of `otp/request`, and verifies the ' +
    'address. A code works once, for a day; five wrong tries burn it. A wrong, used, burnt or outdated code and an unknown ' +
    '`id` are answered alike.',
  body: z.object({ id: field.id, code: mailedCode }),
  responses: { 200: signedIn },
  errors: ['request.invalid', 'auth.code_invalid', 'auth.forbidden', 'rate_limit.exceeded', 'service.unavailable'],
});

export const login = defineEndpoint({
  id: 'platform.login',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/login',
  access: 'public',
  summary: 'Sign in with a password',
  description:
    'Ten wrong passwords in a quarter of an hour are the most of one client network at an address (429 with `Retry-After`), known or not. A network ' +
    'that signed in to the address before is counted by itself, so that nobody else can keep its people out. A wrong password, an unknown ' +
    'address, an account without a password and a disabled one are answered alike, and in the same time.',
  body: z.object({ email: signInEmail, password: presentedPassword }),
  responses: { 200: signedIn },
  errors: ['request.invalid', 'auth.credential_invalid', 'rate_limit.exceeded', 'auth.busy', 'service.unavailable'],
});

export const requestOtp = defineEndpoint({
  id: 'platform.requestOtp',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/otp/request',
  access: 'public',
  summary: 'Mail a sign-in code',
  description:
    'The same codes as `/auth/verification/send-code`: one that was asked for here works there. Answered alike whether the address is known or not; ' +
    'one a minute for an address and a client network (429 with `Retry-After`).',
  body: z.object({ email: signInEmail }),
  responses: { 200: messageResponse },
  errors: ['request.invalid', 'rate_limit.exceeded', 'service.unavailable'],
});

export const verifyOtp = defineEndpoint({
  id: 'platform.verifyOtp',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/otp/verify',
  access: 'public',
  summary: 'Sign in with a mailed code',
  description:
    'The same codes and the same tries as `/auth/verification/verify-code`. The first sign-in makes the account.',
  body: z.object({ email: signInEmail, code: mailedCode }),
  responses: { 200: signedIn },
  errors: ['request.invalid', 'auth.code_invalid', 'auth.forbidden', 'rate_limit.exceeded', 'service.unavailable'],
});

export const refreshGlobal = defineEndpoint({
  id: 'platform.refresh',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/refresh',
  access: 'public',
  rateLimit: { per: 'credential', member: 'refresh_token', perMinute: REFRESH_PER_MINUTE },
  summary: 'Exchange a refresh token for a new pair',
  description:
    'The refresh token rotates, as at `/api/v1/auth/refresh`. With `tenant_id` the access token is one of that organisation, in the environment ' +
    '`env`; where the caller is no member (404) or it is suspended (403) nothing rotates.',
  body: z.object({
    refresh_token: field.credential,
    tenant_id: field.id.optional(),
    env: environment.default('prod').describe('Counts with `tenant_id` alone.'),
  }),
  responses: {
    200: globalTokens
      .extend({
        access_token: z.string().describe('Of the organisation, where one was named.'),
        global_access_token: z.string().describe('A token of no organisation.'),
        ...scopedToken
          .pick({ scoped_access_token: true, tenant_id: true, tenant: true, role: true, env: true })
          .partial().shape,
      })
      .meta({ id: 'RefreshedTokens' }),
  },
  errors: [
    'request.invalid',
    'auth.refresh_invalid',
    'auth.session_revoked',
    'resource.not_found',
    'tenant.suspended',
    'rate_limit.exceeded',
    'service.unavailable',
  ],
});
