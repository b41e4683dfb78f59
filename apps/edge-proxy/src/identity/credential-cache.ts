import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { InactiveReason } from '@turnpike/contracts';
import { unavailable } from '@turnpike/service-kit';
import type { Principal } from '../domain/principal.ts';
import type { Verdict } from '../neighbours/introspection.ts';
import { DigestsByOwner } from './digests-by-owner.ts';
import type { RevokedIds } from './revoked-ids.ts';

export interface CredentialCacheOptions {
  /** Longest life of an answer, in milliseconds. */
  readonly ttlMs: number;
  readonly entriesMax: number;
  readonly revoked: RevokedIds;
  /** Milliseconds of a clock that never steps: for ages and for order. */
  readonly monotonicMs: () => number;
  /** Epoch milliseconds, for when a credential ends by itself. */
  readonly now: () => number;
}

/** Times are monotonic. */
interface Known {
  readonly principal: Principal;
  readonly askedAtMs: number;
  readonly forgetAtMs: number;
}

interface Refused {
  readonly reason: InactiveReason;
  readonly forgetAtMs: number;
}

/** Life of the answer that a credential is not active, in milliseconds: short, because a new key set may make a token valid. */
const REFUSED_TTL_MS = 5_000;
/** The same where access may come back to the same credential, in milliseconds: its owner is enabled, the organisation restored. */
const SUSPENDED_TTL_MS = 500;
const MAY_COME_BACK: ReadonlySet<InactiveReason> = new Set(['key_suspended', 'tenant_suspended', 'membership_ended']);
const REFUSED_ENTRIES_MAX = 10_000;
/** Credentials asked about at the same time. */
const PENDING_MAX = 2_048;
/** Questions about one credential whose principal loses access while they are asked. */
const QUESTIONS_MAX = 3;

/**
 * What auth said about credentials, by the SHA-256 digest of the whole credential; concurrent callers share one
 * introspection. Refusals live apart, so a flood of bad credentials evicts no good one.
 */
export class CredentialCache {
  readonly #known: LRUCache<string, Known>;
  readonly #owners = new DigestsByOwner();
  readonly #refused = new LRUCache<string, Refused>({ max: REFUSED_ENTRIES_MAX });
  readonly #pending = new Map<string, Promise<Verdict>>();
  readonly #options: CredentialCacheOptions;
  #hits = 0;
  #misses = 0;

  constructor(options: CredentialCacheOptions) {
    this.#options = options;
    this.#known = new LRUCache({
      max: options.entriesMax,
      dispose: ({ principal }, digest) => this.#owners.delete(principal, digest),
    });
  }

  get size(): number {
    return this.#known.size;
  }

  /** Look-ups since the start: answered from the cache, and by asking auth. */
  get lookups(): { readonly hit: number; readonly miss: number } {
    return { hit: this.#hits, miss: this.#misses };
  }

  /** The cached answer, or `undefined` when auth must be asked. */
  find(digest: string): Verdict | undefined {
    const now = this.#options.monotonicMs();
    const known = this.#known.get(digest);
    if (known !== undefined) {
      if (known.forgetAtMs > now && !this.#options.revoked.endedSince(known.principal, known.askedAtMs)) {
        this.#hits += 1;
        return known;
      }
      this.#known.delete(digest);
      return undefined;
    }
    const refused = this.#refused.get(digest);
    if (refused === undefined || refused.forgetAtMs <= now) return undefined;
    this.#hits += 1;
    return { inactive: refused.reason };
  }

  /** Forgets whatever stands for a session, key, user, organisation or membership. */
  forget(id: string): void {
    for (const digest of this.#owners.digestsOf(id)) this.#known.delete(digest);
  }

  /**
   * Asks once however many wait, and caches the answer; throws what `ask` throws. One that was on its way while its
   * session or key was revoked may be older than that, so auth is asked again.
   */
  async load(digest: string, ask: () => Promise<Verdict>): Promise<Verdict> {
    // The caller's lookup was a while ago; meanwhile another one may have been answered.
    const verdictSince = this.find(digest);
    if (verdictSince !== undefined) return verdictSince;
    const waiting = this.#pending.get(digest);
    if (waiting !== undefined) return waiting;
    if (this.#pending.size >= PENDING_MAX)
      throw unavailable('The auth service', 'too many credentials are being asked about');
    const asking = this.#ask(digest, ask).finally(() => this.#pending.delete(digest));
    this.#pending.set(digest, asking);
    return asking;
  }

  async #ask(digest: string, ask: () => Promise<Verdict>): Promise<Verdict> {
    for (let question = 1; question <= QUESTIONS_MAX; question += 1) {
      const askedAtMs = this.#options.monotonicMs();
      this.#misses += 1;
      const verdict = await ask();
      if ('principal' in verdict && this.#options.revoked.endedSince(verdict.principal, askedAtMs)) continue;
      this.#remember(digest, verdict, askedAtMs);
      return verdict;
    }
    throw unavailable('The auth service', 'the caller lost access each time that auth was asked');
  }

  #remember(digest: string, verdict: Verdict, askedAtMs: number): void {
    if ('inactive' in verdict) {
      const reason = verdict.inactive;
      const ttlMs = MAY_COME_BACK.has(reason) ? SUSPENDED_TTL_MS : REFUSED_TTL_MS;
      this.#refused.set(digest, { reason, forgetAtMs: askedAtMs + ttlMs });
      return;
    }
    const { principal } = verdict;
    const { monotonicMs, now, ttlMs } = this.#options;
    const endsAtMs = monotonicMs() + principal.expiresAtMs - now();
    this.#refused.delete(digest);
    this.#known.set(digest, { principal, askedAtMs, forgetAtMs: Math.min(endsAtMs, askedAtMs + ttlMs) });
    this.#owners.add(principal, digest);
  }
}

/** The cache key of a credential. A digest of all of it: a key made of a prefix would let two credentials pass for one. */
export function digestOf(credential: string): string {
  return hash('sha256', credential, 'base64url');
}
