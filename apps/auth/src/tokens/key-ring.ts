import type { PublicJwk } from '@turnpike/contracts';
import { keysThatVerify, keyThatSigns, type SigningKey, type VerificationKey } from './domain/signing-keys.ts';
import type { StoredKeySet } from './stores/signing-keys.ts';

/**
 * Cool-down between reads of the store for unknown key ids, in milliseconds: made-up ids cost at most one read each.
 */
const UNKNOWN_KID_RELOAD_MS = 30_000;

/** The keys of this process, whatever the algorithm. */
export interface KeyRing {
  /** The key to sign with now. */
  current(): SigningKey;
  /** The key of a token's `kid`. Rejects when an unknown one cannot be looked up (an outage). */
  find(kid: string): Promise<VerificationKey | undefined>;
  /** What `/.well-known/jwks.json` publishes. */
  published(): readonly PublicJwk[];
  /** Reads the store again. */
  reload(): Promise<void>;
}

/** A ring of one shared secret (`HS256`): nothing to publish, nothing to reload. */
export function sharedKeyRing(key: SigningKey): KeyRing {
  return {
    current: () => key,
    find: (kid) => Promise.resolve(kid === key.kid ? key : undefined),
    published: () => [],
    reload: () => Promise.resolve(),
  };
}

/**
 * A ring over the keys in the store. Times are judged on the database's clock, so instances agree on which key signs. `monotonicMs` is a
 * clock that never steps; `load` reads the store.
 */
export function storedKeyRing(load: () => Promise<StoredKeySet>, monotonicMs: () => number): KeyRing {
  let set: StoredKeySet = { keys: [], databaseNowMs: 0 };
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const startedMs = monotonicMs();
    set = await load();
    loadedAtMs = startedMs;
  }

  function reload(): Promise<void> {
    loading ??= read().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  const nowMs = () => set.databaseNowMs + (monotonicMs() - loadedAtMs);
  const known = (kid: string) => keysThatVerify(set.keys, nowMs()).find((key) => key.kid === kid);

  return {
    current() {
      const key = keyThatSigns(set.keys, nowMs());
      if (key === undefined) throw new Error('there is no signing key');
      return key;
    },
    async find(kid) {
      const key = known(kid);
      if (key !== undefined || monotonicMs() - loadedAtMs < UNKNOWN_KID_RELOAD_MS) return key;
      await reload();
      return known(kid);
    },
    published: () => keysThatVerify(set.keys, nowMs()).map((key) => key.jwk),
    reload,
  };
}
