import { createHash, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { displayNameOrNone, emailOrNone, externalKey } from '@turnpike/contracts';

/** Algorithms a provider may sign with. Each key is pinned to one of them by its type, so a token cannot choose. */
export type ProviderAlgorithm = 'RS256' | 'ES256';

/** A provider's public key. */
export interface ProviderKey {
  readonly kid: string;
  readonly algorithm: ProviderAlgorithm;
  readonly verifyWith: KeyObject;
}

/** Finds a provider's key by its id; `undefined` for one it does not publish. Rejects when the keys cannot be had (an outage). */
export type FindProviderKey = (kid: string) => Promise<ProviderKey | undefined>;

/** Whose tokens, issued to whom, are accepted. */
export interface IdentityTokenSettings {
  /** Every spelling of the issuer; at least one. */
  readonly issuers: readonly string[];
  /** Our client ids at the provider; at least one. */
  readonly audiences: readonly string[];
}

/** The claims of a token whose signature, issuer, audience and times are right. */
export interface ProviderClaims {
  /** The client ids the token was issued to, all of them ours. */
  readonly audiences: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly members: Readonly<Record<string, unknown>>;
}

export type ClaimsVerdict =
  | { readonly valid: true; readonly claims: ProviderClaims }
  | { readonly valid: false; readonly reason: string };

/** What an identity token says of a person. */
export interface IdentityClaims extends ProviderClaims {
  readonly subject: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  /** SHA-256 of the signed part; set where the token carries a nonce, and so may be used once. */
  readonly singleUseDigest: Buffer | undefined;
}

export type IdentityVerdict =
  | { readonly valid: true; readonly claims: IdentityClaims }
  | { readonly valid: false; readonly reason: string };

/** Longest token read, in characters. */
const TOKEN_CHARS_MAX = 8_192;
/** How far a token's `iat` or `nbf` may lie in our future, in seconds. Expiry is given no grace. */
const SKEW_SECONDS_MAX = 30;
/** Longest subject, in characters: with the provider's name before it, it is the key of a user (at most 255). */
const SUBJECT_CHARS_MAX = 240;

/**
 * The one place where a provider's JWT is judged (RFC 8725 §3): its `kid` pins the algorithm; issuer, audience, `iat`
 * and `exp` are required, and no audience may be foreign (OpenID Connect Core §3.1.3.7). `reason` is for the log, never
 * for the caller.
 */
export async function verifyProviderToken(
  token: string,
  findKey: FindProviderKey,
  settings: IdentityTokenSettings,
  nowSeconds: number,
): Promise<ClaimsVerdict> {
  const header = readHeader(token);
  if (header === undefined) return refused('not a JWT with alg and kid');
  // What says itself that it is not for us is no reason to ask the provider for keys.
  const claimed = judge(readPayload(token), settings, nowSeconds);
  if (!claimed.valid) return claimed;
  const key = await findKey(header.kid);
  if (key === undefined) return refused('signed with a key the provider does not publish');
  if (header.alg !== key.algorithm) return refused('alg is not that of the key');
  return judge(checkSignature(token, key, nowSeconds), settings, nowSeconds);
}

/**
 * Verifies an identity token. The token must carry the attempt's `expectedNonce`, as it is or as its SHA-256 (hex, as
 * Apple's sample code does it, or base64url), and is refused if it carries one that is not expected.
 */
export async function verifyIdentityToken(
  token: string,
  expectedNonce: string | undefined,
  findKey: FindProviderKey,
  settings: IdentityTokenSettings,
  nowSeconds: number,
): Promise<IdentityVerdict> {
  const verdict = await verifyProviderToken(token, findKey, settings, nowSeconds);
  if (!verdict.valid) return verdict;
  const { claims } = verdict;
  const { sub, email, email_verified: verified, name, nonce } = claims.members;
  if (typeof sub !== 'string' || sub.length > SUBJECT_CHARS_MAX || !externalKey.safeParse(sub).success)
    return refused('sub is missing or cannot be kept');
  if (!nonceMatches(nonce, expectedNonce)) return refused('nonce does not match');
  const address = emailOrNone(email);
  return {
    valid: true,
    claims: {
      ...claims,
      subject: sub,
      email: address,
      // Apple sends a string where others send a boolean; only these two values mean yes.
      emailVerified: address !== undefined && (verified === true || verified === 'true'),
      name: displayNameOrNone(name),
      singleUseDigest: nonce === undefined ? undefined : signedPartDigest(token),
    },
  };
}

function refused(reason: string) {
  return { valid: false, reason } as const;
}

function readHeader(token: string): { alg: string; kid: string } | undefined {
  if (token.length > TOKEN_CHARS_MAX) return undefined;
  const segment = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.exec(token)?.[1];
  if (segment === undefined) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    if (typeof header !== 'object' || header === null || 'crit' in header) return undefined;
    const { alg, kid } = header as Record<string, unknown>;
    return typeof alg === 'string' && typeof kid === 'string' && kid !== '' ? { alg, kid } : undefined;
  } catch {
    return undefined;
  }
}

function readPayload(token: string): Record<string, unknown> | undefined {
  const payload = jwt.decode(token);
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { ...payload } : undefined;
}

function judge(
  members: Readonly<Record<string, unknown>> | undefined,
  { issuers, audiences }: IdentityTokenSettings,
  nowSeconds: number,
): ClaimsVerdict {
  if (members === undefined) return refused('signature, nbf or payload');
  const { iss, aud, iat, exp } = members;
  if (typeof iss !== 'string' || !issuers.includes(iss)) return refused('iss is another');
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const ours = named.filter((value) => typeof value === 'string').filter((value) => audiences.includes(value));
  if (ours.length === 0 || ours.length !== named.length) return refused('aud is another app');
  if (!isWhole(iat) || iat > nowSeconds + SKEW_SECONDS_MAX) return refused('iat is missing or in the future');
  if (!isWhole(exp) || exp <= nowSeconds) return refused('exp is missing or past');
  return { valid: true, claims: { audiences: ours, issuedAt: iat, expiresAt: exp, members } };
}

function checkSignature(token: string, key: ProviderKey, nowSeconds: number): Record<string, unknown> | undefined {
  try {
    const payload = jwt.verify(token, key.verifyWith, {
      algorithms: [key.algorithm],
      clockTimestamp: nowSeconds,
      clockTolerance: SKEW_SECONDS_MAX,
      ignoreExpiration: true,
    });
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { ...payload } : undefined;
  } catch {
    return undefined;
  }
}

function nonceMatches(claimed: unknown, expected: string | undefined): boolean {
  if (claimed === undefined && expected === undefined) return true;
  if (typeof claimed !== 'string' || claimed === '' || expected === undefined || expected === '') return false;
  const digest = createHash('sha256').update(expected).digest();
  return claimed === expected || claimed === digest.toString('hex') || claimed === digest.toString('base64url');
}

/** Taken over what is signed, not over the signature: a second spelling of the signature must not make a second token. */
function signedPartDigest(token: string): Buffer {
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest();
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
