import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, insteadOf, tokenResponse } from '../fields.ts';
import { browserSignInEndpoints } from './browser-sign-in.ts';
import {
  codeVerifier,
  PROVIDER_NAMES,
  requiredCodeVerifier,
  signInProvider,
  URI_CHARS_MAX,
  wayToSignIn,
  type SignInProvider,
} from './provider-fields.ts';

/** Longest nonce, in characters. */
const NONCE_CHARS_MAX = 255;
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
    summary: `Sign in with ${PROVIDER_NAMES[provider]}`,
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

/** The ways a user can sign in. */
const linkedIdentities = z
  .object({
    identities: z.array(wayToSignIn),
  })
  .meta({ id: 'LinkedIdentities' });

function linkEndpoint<const P extends SignInProvider>(provider: P) {
  return defineEndpoint({
    id: `auth.link${PROVIDER_NAMES[provider]}`,
    owner: 'auth',
    family: 'gateway',
    method: 'POST',
    path: `/api/v1/auth/identities/${provider}`,
    access: 'user',
    summary: `Add ${PROVIDER_NAMES[provider]} as a way to sign in`,
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

/** Ends a browser leg that began with `purpose=link`. */
export const linkByCode = defineEndpoint({
  id: 'auth.linkByCode',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/identities',
  access: 'user',
  summary: 'Add a provider as a way to sign in, by the one-time code of the browser',
  description:
    'For a login that began with `purpose=link`. The code proves who the person is at the provider and opens nothing; with the verifier of its ' +
    'challenge it adds that identity to the account that asks. It works once. Adding an identity again changes nothing; a second one of a provider is 409.',
  body: z.object({ code: field.credential, code_verifier: requiredCodeVerifier }),
  responses: { 200: linkedIdentities },
  errors: [
    'request.invalid',
    'auth.missing',
    'auth.scope_missing',
    'auth.session_revoked',
    'auth.code_invalid',
    'auth.identity_taken',
    'resource.conflict',
    'service.unavailable',
  ],
});

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
  ...browserSignInEndpoints,
  linkApple,
  linkGoogle,
  linkGithub,
  linkByCode,
  unlinkIdentity,
  appleNotification,
] as const;
