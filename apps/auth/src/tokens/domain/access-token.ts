import jwt from 'jsonwebtoken';
import type { SigningKey, VerificationKey } from './signing-keys.ts';
import { claimsOfScope, readTokenScope, type TokenScope } from './token-scope.ts';

/** What is fixed for every access token of a deployment. */
export interface AccessTokenSettings {
  readonly issuer: string;
  readonly audience: string;
  /** At most `ACCESS_TOKEN_TTL_SECONDS_MAX`. */
  readonly ttlSeconds: number;
}

/** Whom and which session an access token stands for. */
export interface AccessTokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly tier: string;
  /** The organisation that the token is good for; without it, personal use. */
  readonly scope?: TokenScope | undefined;
}

/** The claims of a verified access token. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly tier: string;
  readonly scope: TokenScope | undefined;
}

export type AccessTokenVerdict =
  | { readonly valid: true; readonly claims: AccessTokenClaims }
  | { readonly valid: false; readonly reason: 'jwt_invalid' | 'jwt_expired' };

/** Finds a verification key by its id; `undefined` for one that is not ours. Rejects when the keys cannot be read (an outage). */
export type FindKey = (kid: string) => Promise<VerificationKey | undefined>;

/** Longest life of an access token, in seconds. */
export const ACCESS_TOKEN_TTL_SECONDS_MAX = 900;

/** RFC 9068 §2.1: this type keeps any other JWT of ours or a provider's from being taken for an access token. */
const TYPE_HEADER = 'at+jwt';
/** How far a token's `iat` may lie in our future, in seconds: clocks of instances differ. Expiry is given no grace. */
const SKEW_SECONDS_MAX = 30;
/** Longest token read, in characters. */
const TOKEN_CHARS_MAX = 4_096;
/** The only header members our tokens have; `jku`, `x5u`, `jwk`, `crit` and the like are refused by not being here. */
const HEADER_MEMBERS = new Set(['alg', 'typ', 'kid']);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INVALID = { valid: false, reason: 'jwt_invalid' } as const;
const EXPIRED = { valid: false, reason: 'jwt_expired' } as const;

/** Signs an access token. `lifeSeconds` is shorter than the settings' where the session ends sooner. */
export function signAccessToken(
  key: SigningKey,
  settings: AccessTokenSettings,
  subject: AccessTokenSubject,
  token: { readonly id: string; readonly nowSeconds: number; readonly lifeSeconds: number },
): string {
  const claims = {
    iss: settings.issuer,
    aud: settings.audience,
    sub: subject.userId,
    sid: subject.sessionId,
    jti: token.id,
    iat: token.nowSeconds,
    exp: token.nowSeconds + token.lifeSeconds,
    type: 'access',
    tier: subject.tier,
    ...(subject.scope === undefined ? {} : claimsOfScope(subject.scope)),
  };
  return jwt.sign(claims, key.signWith, {
    algorithm: key.algorithm,
    header: { alg: key.algorithm, typ: TYPE_HEADER, kid: key.kid },
  });
}

/**
 * The one place where an access token is judged (RFC 8725 §3): our `kid` pins the algorithm; issuer, audience, type and
 * every claim are required. It is called expired only when everything else about it is right.
 */
export async function verifyAccessToken(
  token: string,
  findKey: FindKey,
  settings: AccessTokenSettings,
  nowSeconds: number,
): Promise<AccessTokenVerdict> {
  const header = readHeader(token);
  if (header === undefined) return INVALID;
  const key = await findKey(header.kid);
  if (key === undefined || header.alg !== key.algorithm) return INVALID;
  const claims = verifySignature(token, key, settings, nowSeconds);
  if (claims === undefined) return INVALID;
  if (claims.iat > nowSeconds + SKEW_SECONDS_MAX) return INVALID;
  return claims.exp <= nowSeconds ? EXPIRED : { valid: true, claims };
}

function readHeader(token: string): { alg: string; kid: string } | undefined {
  if (token.length > TOKEN_CHARS_MAX) return undefined;
  const segment = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.exec(token)?.[1];
  if (segment === undefined) return undefined;
  const header = parseObject(Buffer.from(segment, 'base64url').toString());
  if (header === undefined || Object.keys(header).some((member) => !HEADER_MEMBERS.has(member))) return undefined;
  const { alg, typ, kid } = header;
  if (typ !== TYPE_HEADER || typeof alg !== 'string' || typeof kid !== 'string') return undefined;
  return { alg, kid };
}

function verifySignature(
  token: string,
  key: VerificationKey,
  { issuer, audience }: AccessTokenSettings,
  nowSeconds: number,
): AccessTokenClaims | undefined {
  let payload: unknown;
  try {
    payload = jwt.verify(token, key.verifyWith, {
      algorithms: [key.algorithm],
      issuer,
      audience,
      clockTimestamp: nowSeconds,
      clockTolerance: SKEW_SECONDS_MAX,
      ignoreExpiration: true,
    });
  } catch {
    return undefined;
  }
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sub, sid, jti, iat, exp, type, tier } = payload as Record<string, unknown>;
  if (type !== 'access' || !isId(sub) || !isId(sid)) return undefined;
  if (typeof jti !== 'string' || jti === '' || typeof tier !== 'string' || tier === '') return undefined;
  if (!isWhole(iat) || !isWhole(exp) || exp <= iat || exp - iat > ACCESS_TOKEN_TTL_SECONDS_MAX) return undefined;
  const scope = readTokenScope(payload as Record<string, unknown>);
  return scope === 'malformed' ? undefined : { sub, sid, jti, iat, exp, tier, scope };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
