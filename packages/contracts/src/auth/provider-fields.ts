import { z } from 'zod';

/** Providers that people sign in with, in the app or in the browser. */
export const signInProvider = z.enum(['apple', 'google', 'github']);
export type SignInProvider = z.output<typeof signInProvider>;

/** As people know them. */
export const PROVIDER_NAMES = { apple: 'Apple', google: 'Google', github: 'GitHub' } as const;

/** Longest redirect URI, in characters. */
export const URI_CHARS_MAX = 2_048;

/** The verifier of a client's own PKCE challenge. */
export const codeVerifier = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{43,128}$/)
  .nullish()
  .describe('PKCE verifier (RFC 7636 §4.1): 43–128 unreserved characters.');
