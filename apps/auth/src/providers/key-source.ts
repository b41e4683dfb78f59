import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { FindProviderKey, ProviderAlgorithm, ProviderKey } from './domain/identity-token.ts';
import { ProviderOutage, type ProviderHttp } from './http.ts';

/**
 * Cool-down between fetches for unknown key ids, in milliseconds: a flood of made-up ids costs the provider one
 * request.
 */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/**
 * The same after a fetch that failed, in milliseconds: nothing was learned, and the provider may be up again at any
 * moment.
 */
const FAILED_FETCH_COOLDOWN_MS = 1_000;
/** Cool-down after a failed refresh of keys that we still have, in milliseconds. */
const REFRESH_COOLDOWN_MS = 30_000;
/** Bounds of how long a key set is fresh, in milliseconds; within them the provider's `max-age` decides. */
const FRESH_MS_MIN = 60_000;
const FRESH_MS_MAX = 3_600_000;
const FRESH_MS_DEFAULT = 600_000;
/** Stale-if-error (RFC 5861): how long keys are used while the provider is down, in milliseconds. */
const STALE_IF_ERROR_MS = 24 * 3_600_000;
/** Most keys taken from one set. */
const KEYS_MAX = 100;
/** Smallest RSA modulus accepted, in bits (RFC 7518 §3.3). */
const RSA_BITS_MIN = 2_048;

export interface KeySourceOptions {
  readonly url: string;
  readonly http: Pick<ProviderHttp, 'send'>;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number;
}

interface KeySet {
  readonly keys: ReadonlyMap<string, ProviderKey>;
  readonly fetchedAtMs: number;
  readonly freshMs: number;
}

/**
 * A provider's published keys (RFC 7517), fetched on demand, one fetch at a time, and cached (ADR 11). Throws
 * `ProviderOutage` where there are no keys to judge by.
 */
export function createKeySource({ url, http, nowMs }: KeySourceOptions): FindProviderKey {
  let current: KeySet | undefined;
  let fetching: Promise<KeySet> | undefined;
  let miss: { readonly atMs: number; readonly failure?: ProviderOutage } | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;

  function refresh(): Promise<KeySet> {
    fetching ??= fetchKeys()
      .then((set) => {
        current = set;
        return set;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  async function fetchKeys(): Promise<KeySet> {
    const { status, body, cacheControl } = await http.send({ url });
    const keys = status === 200 ? importKeys(body) : undefined;
    if (keys === undefined || keys.size === 0)
      throw new ProviderOutage(`the key set at ${new URL(url).host} is not usable (${status})`);
    return { keys, fetchedAtMs: nowMs(), freshMs: freshness(cacheControl) };
  }

  /** The keys to judge by: fresh ones, or known ones while fresh ones cannot be had. */
  async function usableKeys(known: KeySet | undefined): Promise<KeySet> {
    if (known === undefined) return refresh();
    const ageMs = nowMs() - known.fetchedAtMs;
    if (ageMs < known.freshMs) return known;
    if (ageMs < STALE_IF_ERROR_MS && nowMs() - failedAtMs < REFRESH_COOLDOWN_MS) return known;
    try {
      return await refresh();
    } catch (error) {
      failedAtMs = nowMs();
      if (ageMs >= STALE_IF_ERROR_MS) throw error;
      return known;
    }
  }

  /** Fetches once more for an id that the known keys do not have, unless the cool-down still runs. */
  async function fetchUnknown(kid: string): Promise<ProviderKey | undefined> {
    if (fetching === undefined && miss !== undefined) {
      const cooldownMs = miss.failure === undefined ? UNKNOWN_KEY_COOLDOWN_MS : FAILED_FETCH_COOLDOWN_MS;
      if (nowMs() - miss.atMs < cooldownMs) {
        // Where the last fetch failed, nobody knows whether the id exists: an outage, not a refusal.
        if (miss.failure !== undefined) throw miss.failure;
        return undefined;
      }
    }
    const atMs = nowMs();
    try {
      miss = { atMs };
      return (await refresh()).keys.get(kid);
    } catch (failure) {
      miss = failure instanceof ProviderOutage ? { atMs, failure } : undefined;
      throw failure;
    }
  }

  return async (kid) => {
    const before = current;
    const set = await usableKeys(before);
    const key = set.keys.get(kid);
    if (key !== undefined) return key;
    if (set === before) return fetchUnknown(kid);
    // The set was fetched for this very question.
    miss = { atMs: nowMs() };
    return undefined;
  };
}

function freshness(cacheControl: string | undefined): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/.exec(cacheControl ?? '')?.[1];
  if (seconds === undefined) return FRESH_MS_DEFAULT;
  return Math.min(Math.max(Number(seconds) * 1_000, FRESH_MS_MIN), FRESH_MS_MAX);
}

function importKeys(body: unknown): Map<string, ProviderKey> | undefined {
  const listed = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : undefined;
  if (!Array.isArray(listed)) return undefined;
  const keys = listed.slice(0, KEYS_MAX).flatMap((jwk) => importKey(jwk) ?? []);
  return new Map(keys.map((key) => [key.kid, key]));
}

/** A signing key of a kind we accept; anything else in a set (encryption keys, unknown types, broken ones) is passed over. */
function importKey(jwk: unknown): ProviderKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kid, kty, crv, use, alg, n, e, x, y } = jwk as Record<string, unknown>;
  if (typeof kid !== 'string' || kid === '' || (use !== undefined && use !== 'sig')) return undefined;
  const algorithm: ProviderAlgorithm | undefined =
    kty === 'RSA' ? 'RS256' : kty === 'EC' && crv === 'P-256' ? 'ES256' : undefined;
  if (algorithm === undefined || (alg !== undefined && alg !== algorithm)) return undefined;
  try {
    const required = (algorithm === 'RS256' ? { kty, n, e } : { kty, crv, x, y }) as JsonWebKey;
    const verifyWith = createPublicKey({ key: required, format: 'jwk' });
    const { modulusLength } = verifyWith.asymmetricKeyDetails ?? {};
    return modulusLength !== undefined && modulusLength < RSA_BITS_MIN ? undefined : { kid, algorithm, verifyWith };
  } catch {
    return undefined;
  }
}
