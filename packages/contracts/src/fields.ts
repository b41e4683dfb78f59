import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { lineOfText, lineOrNone } from './line-of-text.ts';
import { queryNumber } from './query-number.ts';
import { givenTimestamp } from './timestamp.ts';

/** Longest name of a person, a project or a key, in characters. */
const NAME_CHARS_MAX = 120;
/** What a rate-limit tier may be called. */
export const TIER_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
/** Longest token, code or key that a request may carry, in characters. */
const CREDENTIAL_CHARS_MAX = 8192;

/** Field schemas that several endpoints share; each states its limit. */
export const field = {
  id: z.uuid().meta({ id: 'Id', description: 'UUID; ours are version 7, so they sort by time.' }),
  timestamp: z.iso.datetime().meta({ id: 'Timestamp', description: 'RFC 3339, UTC.' }),
  givenTimestamp,
  email: emailAddress(),
  name: lineOfText(NAME_CHARS_MAX),
  credential: z.string().min(1).max(CREDENTIAL_CHARS_MAX).describe(`At most ${CREDENTIAL_CHARS_MAX} characters.`),
  tier: z
    .string()
    .regex(TIER_NAME)
    .describe('Rate-limit tier: free, pro, enterprise, or one that `RATE_LIMIT_TIERS` adds; any other is 422.'),
  limit: queryNumber(1, 100).default(20).describe('Rows per page, 1–100, default 20.'),
  offset: queryNumber(0, 1_000_000).default(0).describe('Rows to skip, 0–1,000,000.'),
} as const;

/** A display name as a provider gave it, made to fit; `undefined` where there is none. */
export function displayNameOrNone(value: unknown): string | undefined {
  return lineOrNone(value, NAME_CHARS_MAX);
}

/** Fields of answers: what is stored is shown as it is, so that a later rule for input makes nobody's profile unreadable. */
export const shown = {
  email: z.string().meta({ format: 'idn-email' }),
  name: z.string(),
} as const;

/** The pair of tokens, wherever one is issued. */
export const tokenResponse = z
  .object({
    access_token: z.string().describe('Signed JWT, at most 15 minutes old.'),
    refresh_token: z.string().describe('Opaque; rotates with each use.'),
    token_type: z.literal('bearer'),
    expires_in: z.number().int().positive().describe('Life of the access token, in seconds.'),
  })
  .meta({ id: 'TokenPair' });

/** `{"detail": "…"}`, the answer of operations that have nothing else to say. */
export const detailResponse = z.object({ detail: z.string() }).meta({ id: 'Done' });

/** The Account API's envelope around `data`. */
export function envelope<T extends z.ZodType>(data: T) {
  return z.object({ success: z.literal(true), data, error: z.null() });
}

/** Says in the document that a member stands in the place of another: a request has one of the two. */
export function insteadOf(member: string): { readonly 'x-instead-of': string } {
  return { 'x-instead-of': member };
}
