import { z } from 'zod';
import { defineEndpoint, type EndpointSpec } from '../endpoint.ts';
import { field, insteadOf, tokenResponse } from '../fields.ts';

/** Providers that people sign in with, in the app or in the browser. */
export const signInProvider = z.enum(['apple', 'google', 'github']);
export type SignInProvider = z.output<typeof signInProvider>;

/** Longest nonce, in characters. */
const NONCE_CHARS_MAX = 255;
/** Longest redirect URI, in characters. */
const URI_CHARS_MAX = 2_048;
/** Longest `state` of an app, in characters. */
const STATE_CHARS_MAX = 512;
/** Longest name part that Apple's sheet hands to an app, in characters. */
const NAME_PART_CHARS_MAX = 60;

const nonce = z
  .string()
  .min(1)
  .max(NONCE_CHARS_MAX)
  .nullish()
  .describe(
    `The nonce of this attempt, at most ${NONCE_CHARS_MAX} characters; the token may carry it as it is or as its SHA-256. Required where ` +
      'the token carries one. Such a token is accepted once.',
  );
const codeVerifier = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{43,128}$/)
  .nullish()
  .describe('PKCE verifier (RFC 7636 §4.1): 43–128 unreserved characters.');
const namePart = z.string().trim().max(NAME_PART_CHARS_MAX).nullish();

const appleBody = z.object({
  identity_token: field.credential.describe('The identity token that Apple gave the app.'),
  nonce,
  authorization_code: field.credential
    .nullish()
    .describe('Exchanged at Apple, so that deleting the account can revoke the connection there.'),
  full_name: z
    .union([
      z
        .string()
        .trim()
        .max(2 * NAME_PART_CHARS_MAX),
      z.object({ givenName: namePart, familyName: namePart, given_name: namePart, family_name: namePart }),
    ])
    .nullish()
    .describe('Apple tells the app the name once, at the first sign-in. Empty or absent changes nothing.'),
});
const googleBody = z.object({ id_token: field.credential, nonce });
const githubBody = z
  .object({
    code: field.credential.nullish(),
    redirect_uri: z.url().max(URI_CHARS_MAX).nullish().describe('As sent to GitHub with the authorisation request.'),
    code_verifier: codeVerifier,
    access_token: field.credential
      .nullish()
      .describe('Accepted only when GitHub confirms that it was issued to this app.')
      .meta(insteadOf('code')),
  })
  .refine(
    (body) => (body.code ?? null) === null || (body.access_token ?? null) === null,
    'Send either code or access_token, not both',
  )
  .refine((body) => (body.code ?? body.access_token ?? null) !== null, 'Send code or access_token');

/** What an app posts, by provider. */
const credential = { apple: appleBody, google: googleBody, github: githubBody } as const;
const providerName = { apple: 'Apple', google: 'Google', github: 'GitHub' } as const;

const SIGN_IN_ERRORS = [
  'request.invalid',
  'auth.credential_invalid',
  'auth.provider_unconfigured',
  'auth.provider_unavailable',
  'service.unavailable',
] as const;

function signInEndpoint<const P extends SignInProvider>(provider: P) {
  return defineEndpoint({
    id: `auth.${provider}SignIn`,
    owner: 'auth',
    family: 'gateway',
    method: 'POST',
    path: `/api/v1/auth/${provider}`,
    access: 'public',
    summary: `Sign in with ${providerName[provider]}`,
    description:
      'The first sign-in creates the account. Where the provider vouches for an e-mail address that a way of signing in to an existing ' +
      'account also proved, the identity is added to that account.',
    body: credential[provider],
    responses: { 200: tokenResponse },
    errors: [...SIGN_IN_ERRORS, 'auth.forbidden'],
  });
}

export const appleSignIn = signInEndpoint('apple');
export const googleSignIn = signInEndpoint('google');
export const githubSignIn = signInEndpoint('github');

function loginEndpoint<const P extends SignInProvider>(provider: P) {
  return defineEndpoint({
    id: `auth.${provider}Login`,
    owner: 'auth',
    family: 'gateway',
    method: 'GET',
    path: `/api/v1/auth/${provider}/login`,
    access: 'public',
    summary: `Begin a sign-in with ${providerName[provider]} in the browser`,
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
    summary: `Where ${providerName[provider]} sends the browser back`,
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

/** The ways a user can sign in. */
const linkedIdentities = z
  .object({
    identities: z.array(z.object({ provider: z.string(), linked_at: field.timestamp })),
  })
  .meta({ id: 'LinkedIdentities' });

function linkEndpoint<const P extends SignInProvider>(provider: P) {
  return defineEndpoint({
    id: `auth.link${providerName[provider]}`,
    owner: 'auth',
    family: 'gateway',
    method: 'POST',
    path: `/api/v1/auth/identities/${provider}`,
    access: 'user',
    summary: `Add ${providerName[provider]} as a way to sign in`,
    description:
      'Takes what the sign-in takes. Adding it again changes nothing; a second identity of one provider is 409.',
    body: credential[provider],
    responses: { 200: linkedIdentities },
    errors: [
      ...SIGN_IN_ERRORS,
      'auth.missing',
      'auth.scope_missing',
      'auth.session_revoked',
      'auth.identity_taken',
      'resource.conflict',
    ],
  });
}

export const linkApple = linkEndpoint('apple');
export const linkGoogle = linkEndpoint('google');
export const linkGithub = linkEndpoint('github');

export const unlinkIdentity = defineEndpoint({
  id: 'auth.unlinkIdentity',
  owner: 'auth',
  family: 'gateway',
  method: 'DELETE',
  path: '/api/v1/auth/identities/:provider',
  access: 'user',
  summary: 'Remove a way to sign in',
  description:
    'The last one stays: 409 `auth.last_identity`. Whoever signs in with the removed identity later gets an account of their own.',
  params: z.object({ provider: signInProvider }),
  responses: { 200: linkedIdentities },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.last_identity',
    'resource.not_found',
    'service.unavailable',
  ],
});

/** Apple's server-to-server notifications: https://developer.apple.com/documentation/signinwithapple/processing-changes-for-sign-in-with-apple-accounts */
export const appleNotification = defineEndpoint({
  id: 'auth.appleNotification',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/apple/notifications',
  access: 'public',
  summary: "Apple's word that a person revoked consent, deleted their Apple account, or changed mail forwarding",
  description:
    'The payload is signed by Apple. Register this address with the App ID. A repeated notification is answered 200 and does nothing.',
  body: z.object({ payload: field.credential }),
  responses: { 200: z.object({ detail: z.string() }) },
  errors: [
    'request.invalid',
    'auth.credential_invalid',
    'auth.provider_unconfigured',
    'auth.provider_unavailable',
    'service.unavailable',
  ],
});

/** The endpoints of signing in with a provider. */
export const providerEndpoints = [
  appleSignIn,
  googleSignIn,
  githubSignIn,
  appleLogin,
  googleLogin,
  githubLogin,
  appleCallback,
  appleCallbackForm,
  googleCallback,
  githubCallback,
  exchangeCode,
  linkApple,
  linkGoogle,
  linkGithub,
  unlinkIdentity,
  appleNotification,
] as const;
