import { z } from 'zod';
import { field } from '../fields.ts';

/** Providers that people sign in with, in the app or in the browser. */
export const signInProvider = z.enum(['apple', 'google', 'github']);
export type SignInProvider = z.output<typeof signInProvider>;

/** As people know them. */
export const PROVIDER_NAMES = { apple: 'Apple', google: 'Google', github: 'GitHub' } as const;

/** One of a user's ways to sign in. */
export const wayToSignIn = z.object({
  provider: z.string(),
  linked_at: field.timestamp,
  removable: z
    .boolean()
    .describe('Whether it may be removed now: a provider, and another way to sign in by oneself is left.'),
});

/** Longest redirect URI, in characters. */
export const URI_CHARS_MAX = 2_048;

const verifierText = z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/);
const VERIFIER_MEANING = 'PKCE verifier (RFC 7636 §4.1): 43–128 unreserved characters.';

/** The verifier of a client's own PKCE challenge. */
export const codeVerifier = verifierText.nullish().describe(VERIFIER_MEANING);

/** The same, where there has to be one. */
export const requiredCodeVerifier = verifierText.describe(VERIFIER_MEANING);
