import { z } from 'zod';
import { defineEndpoint, type EndpointSpec } from '../endpoint.ts';
import { field, tokenResponse } from '../fields.ts';
import { codeVerifier, PROVIDER_NAMES, URI_CHARS_MAX, type SignInProvider } from './provider-fields.ts';

/** Longest `state` of an app, in characters. */
const STATE_CHARS_MAX = 512;

function loginEndpoint<const P extends SignInProvider>(provider: P) {
  return defineEndpoint({
    id: `auth.${provider}Login`,
    owner: 'auth',
    family: 'gateway',
    method: 'GET',
    path: `/api/v1/auth/${provider}/login`,
    access: 'public',
    summary: `Begin a sign-in with ${PROVIDER_NAMES[provider]} in the browser`,
    description:
      'Redirects to the provider. State, nonce and PKCE verifier are made for this attempt, kept by the service and bound to the browser by ' +
      'a cookie. `redirect_uri` must equal an allowed one (`AUTH_REDIRECT_URIS`) character by character.',
    query: z.object({
      redirect_uri: z.string().min(1).max(URI_CHARS_MAX),
      state: z
        .string()
        .min(1)
        .max(STATE_CHARS_MAX)
        .optional()
        .describe('Comes back with the code, so that the app can tell its own attempts from forged ones.'),
      code_challenge: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/)
        .optional()
        .describe("The app's own PKCE challenge (S256): the code is then worth nothing without its verifier."),
      code_challenge_method: z.literal('S256').optional(),
      purpose: z
        .enum(['sign-in', 'link'])
        .default('sign-in')
        .describe(
          'What the one-time code is for: tokens (`POST /api/v1/auth/exchange`), or one more way to sign in for whoever is signed in ' +
            '(`POST /api/v1/auth/identities`). The latter needs a `code_challenge`.',
        ),
    }),
    responses: { 302: null },
    errors: ['request.invalid', 'auth.provider_unconfigured', 'service.unavailable'],
  });
}

export const appleLogin = loginEndpoint('apple');
export const googleLogin = loginEndpoint('google');
export const githubLogin = loginEndpoint('github');

/** What a provider sends back. All of it is untrusted until the state has been matched; one that nobody made is 403 whatever its length. */
const callbackFields = z.object({
  state: z.string().optional(),
  code: z.string().max(URI_CHARS_MAX).optional(),
  error: z.string().max(STATE_CHARS_MAX).optional(),
});

function callbackEndpoint<const P extends SignInProvider, const M extends 'GET' | 'POST'>(provider: P, method: M) {
  const base = {
    id: `auth.${provider}Callback${method === 'POST' ? 'Form' : ''}`,
    owner: 'auth',
    family: 'gateway',
    method,
    path: `/api/v1/auth/${provider}/callback`,
    access: 'public',
    summary: `Where ${PROVIDER_NAMES[provider]} sends the browser back`,
    description:
      "Redirects to the app's `redirect_uri` with a one-time `code` that lives 60 seconds, or with `error` (`access_denied`, " +
      '`temporarily_unavailable`, `server_error`). A state that is unknown, used, expired or of another browser is 403.',
    responses: { 302: null },
    errors: ['request.invalid', 'auth.forbidden', 'service.unavailable'],
  } as const satisfies Partial<EndpointSpec>;
  return base;
}

export const appleCallback = defineEndpoint({ ...callbackEndpoint('apple', 'GET'), query: callbackFields });
/** Apple posts a form (`response_mode=form_post`); the name comes with it, once. */
export const appleCallbackForm = defineEndpoint({
  ...callbackEndpoint('apple', 'POST'),
  body: callbackFields.extend({ user: z.string().max(4_096).optional() }),
  bodyTypes: ['application/x-www-form-urlencoded'],
});
export const googleCallback = defineEndpoint({ ...callbackEndpoint('google', 'GET'), query: callbackFields });
export const githubCallback = defineEndpoint({ ...callbackEndpoint('github', 'GET'), query: callbackFields });

export const exchangeCode = defineEndpoint({
  id: 'auth.exchange',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/exchange',
  access: 'public',
  summary: 'Exchange the one-time code of a browser sign-in for tokens',
  description: 'A code works once. Using it again fails, and ends the session that its first use gave.',
  body: z.object({ code: field.credential, code_verifier: codeVerifier }),
  responses: { 200: tokenResponse },
  errors: ['request.invalid', 'auth.code_invalid', 'auth.forbidden', 'service.unavailable'],
});

/** The endpoints of signing in with a provider in the browser. */
export const browserSignInEndpoints = [
  appleLogin,
  googleLogin,
  githubLogin,
  appleCallback,
  appleCallbackForm,
  googleCallback,
  githubCallback,
  exchangeCode,
] as const;
