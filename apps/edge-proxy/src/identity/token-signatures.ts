import { createHmac, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { JWKS_MAX_AGE_SECONDS, type PublicJwk } from '@turnpike/contracts';

export interface TokenSignaturesOptions {
  /** Asks auth for the published keys. Rejects on an outage. */
  readonly fetchKeys: () => Promise<readonly PublicJwk[]>;
  /** The shared secret where tokens are signed with HS256; then no key is published, and none is asked for. */
  readonly secret: string | undefined;
  readonly monotonicMs: () => number;
}

/** How often the keys are asked for at most, in milliseconds: whoever makes up key ids must not make the edge ask for each. */
const FETCH_INTERVAL_MS = 30_000;
/** Longest token read, in characters; auth accepts no longer one. */
const TOKEN_CHARS_MAX = 4_096;

const TOKEN = /^(?<header>[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.(?<signature>[A-Za-z0-9_-]+)$/;

/**
 * Knows the signature of auth's access tokens: it tells a token that auth issued from one that is made up, and nothing
 * else. Who calls, and whether the session still lives, only auth says.
 */
export class TokenSignatures {
  readonly #options: TokenSignaturesOptions;
  #keys: ReadonlyMap<string, PublishedKey> = new Map();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: TokenSignaturesOptions) {
    this.#options = options;
    if (options.secret === undefined) void this.#ask();
  }

  /** Of the published keys, as they were last heard. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Whether auth signed the token. False as well where that cannot be known: for a key that is not published, or while auth is down. */
  async vouchFor(token: string): Promise<boolean> {
    const parts = token.length > TOKEN_CHARS_MAX ? undefined : TOKEN.exec(token)?.groups;
    const { header = '', signature = '' } = parts ?? {};
    const { alg, kid } = readHeader(header);
    if (alg === undefined) return false;
    const signed = Buffer.from(token.slice(0, token.length - signature.length - 1));
    const { secret } = this.#options;
    if (secret !== undefined) return alg === 'HS256' && isMac(secret, signed, Buffer.from(signature, 'base64url'));
    const key = kid === undefined ? undefined : await this.#find(kid);
    // The key says how it signs, never the token (RFC 8725 §3.1).
    return key?.algorithm === alg && isSignature(key, signed, Buffer.from(signature, 'base64url'));
  }

  async #find(kid: string): Promise<PublishedKey | undefined> {
    const key = this.#keys.get(kid);
    const ageMs = this.#options.monotonicMs() - this.#askedAtMs;
    if (key === undefined) {
      await (ageMs >= FETCH_INTERVAL_MS ? this.#ask() : this.#asking);
      return this.#keys.get(kid);
    }
    // One that is withdrawn must be forgotten some time.
    if (ageMs >= JWKS_MAX_AGE_SECONDS * 1_000) void this.#ask();
    return key;
  }

  #ask(): Promise<void> {
    this.#askedAtMs = this.#options.monotonicMs();
    this.#asking = this.#options
      .fetchKeys()
      .then((published) => {
        this.#keys = new Map(published.map((jwk) => [jwk.kid, keyOf(jwk)]));
      })
      // Without keys no token is vouched for, which is what there was before; the outage shows where auth is asked about the caller.
      .catch(() => {})
      .finally(() => (this.#asking = undefined));
    return this.#asking;
  }
}

interface PublishedKey {
  readonly algorithm: PublicJwk['alg'];
  readonly key: KeyObject;
}

function keyOf(jwk: PublicJwk): PublishedKey {
  return { algorithm: jwk.alg, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

function isSignature({ key }: PublishedKey, signed: Buffer, signature: Buffer): boolean {
  // JWS has the two numbers of ECDSA side by side (RFC 7518 §3.4); RSA takes no notice.
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function isMac(secret: string, signed: Buffer, signature: Buffer): boolean {
  const mac = createHmac('sha256', secret).update(signed).digest();
  return mac.length === signature.length && timingSafeEqual(mac, signature);
}

function readHeader(segment: string): { readonly alg?: string; readonly kid?: string } {
  try {
    const header: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    if (typeof header !== 'object' || header === null) return {};
    const { alg, kid } = header as Record<string, unknown>;
    return { ...(typeof alg === 'string' ? { alg } : {}), ...(typeof kid === 'string' ? { kid } : {}) };
  } catch {
    return {};
  }
}
