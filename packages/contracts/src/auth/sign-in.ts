import { z } from 'zod';
import { emailAddress } from '../email-address.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, tokenResponse } from '../fields.ts';
import { externalKey } from '../users/user.ts';
import { signInProvider } from './provider-fields.ts';

/** Longest address of a development user, in characters: with `dev:` before it, it must fit an identity's key. */
const DEV_EMAIL_CHARS_MAX = 249;
/** Demo sign-ins per minute and client address. */
const DEMO_PER_MINUTE = 10;

export const signInMethods = defineEndpoint({
  id: 'auth.signInMethods',
  owner: 'auth',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/auth/methods',
  access: 'public',
  summary: 'Ways to sign in here',
  description: 'For the page that offers them. Codes by e-mail and passwords work everywhere.',
  responses: {
    200: z
      .object({
        demo: z.boolean().describe('Whether the demo account may be used.'),
        providers: z.array(signInProvider).describe('Those that are configured for browsers.'),
      })
      .meta({ id: 'SignInMethods' }),
  },
  errors: ['service.unavailable'],
});

export const demoSignIn = defineEndpoint({
  id: 'auth.demo',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/demo',
  access: 'public',
  rateLimit: { per: 'address', perMinute: DEMO_PER_MINUTE },
  summary: 'Sign in to the demo account',
  description:
    'One account shared by everybody who tries the service: its sessions may use and read, and are refused (403 `auth.forbidden`) what changes ' +
    'the account or ends something for others. Its credits are renewed every day. Off in production unless `DEMO_LOGIN_ENABLED=true`.',
  bodyOptional: true,
  responses: { 200: tokenResponse },
  errors: ['auth.forbidden', 'rate_limit.exceeded', 'service.unavailable'],
});

export const devToken = defineEndpoint({
  id: 'auth.devToken',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/dev/token',
  access: 'admin',
  summary: 'Tokens of a development user',
  description:
    'Finds or creates the user of this address among the development users; accounts of people who signed in with a provider are never ' +
    'matched. A tier that differs is set. Refused in production.',
  body: z.object({
    email: emailAddress(DEV_EMAIL_CHARS_MAX),
    display_name: field.name.nullish(),
    tier: field.tier.nullish(),
  }),
  responses: { 200: tokenResponse },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'auth.forbidden', 'service.unavailable'],
});

export const serviceToken = defineEndpoint({
  id: 'auth.serviceToken',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/service-token',
  access: 'admin',
  summary: 'Tokens of a user, for an operator',
  description:
    'Opens a session of the user. It is listed among their sessions with the method `service`, and recorded in the audit trail.',
  body: z.object({ user_id: externalKey.describe('Our id of the user, or an external id.') }),
  responses: { 200: tokenResponse },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'resource.not_found', 'service.unavailable'],
});
