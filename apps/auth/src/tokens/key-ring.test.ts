import { describe, expect, test } from '@jest/globals';
import {
  importPrivateKey,
  importPublicJwk,
  newKeyPair,
  sharedSecretKey,
  type ScheduledKey,
} from './domain/signing-keys.ts';
import { sharedKeyRing, storedKeyRing } from './key-ring.ts';
import type { StoredKeySet } from './stores/signing-keys.ts';

const START_MS = Date.UTC(2026, 0, 1);

async function scheduled(
  times: Partial<Pick<ScheduledKey, 'signsFromMs' | 'retiresAtMs' | 'verifiesUntilMs'>> = {},
): Promise<ScheduledKey> {
  const { kid, algorithm, jwk, pkcs8 } = await newKeyPair('ES256');
  const halves = { verifyWith: importPublicJwk(jwk), signWith: importPrivateKey(pkcs8) };
  return {
    kid,
    algorithm,
    jwk,
    ...halves,
    signsFromMs: START_MS,
    retiresAtMs: undefined,
    verifiesUntilMs: undefined,
    ...times,
  };
}

/** A store and a clock in the test's hand. */
function world(keys: ScheduledKey[]) {
  const state = { keys, monotonicMs: 1_000, loads: 0, down: false };
  const load = (): Promise<StoredKeySet> => {
    state.loads += 1;
    if (state.down) return Promise.reject(new Error('store is down'));
    return Promise.resolve({ keys: state.keys, databaseNowMs: START_MS + state.monotonicMs });
  };
  return { state, ring: storedKeyRing(load, () => state.monotonicMs) };
}

describe('unknown key ids', () => {
  test('1,000 made-up ids, in parallel and in turn, cause one read of the store per 30 s', async () => {
    const { state, ring } = world([await scheduled()]);
    await ring.reload();
    expect(state.loads).toBe(1);
    for (let n = 0; n < 500; n += 1) expect(await ring.find(`made-up-${n}`)).toBeUndefined();
    await Promise.all(Array.from({ length: 500 }, (_, n) => ring.find(`parallel-${n}`)));
    expect(state.loads).toBe(1);
    state.monotonicMs += 30_000;
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => ring.find(`later-${n}`)));
    expect(state.loads).toBe(2);
  });

  test('a key that another instance published is found once the cool-down is over', async () => {
    const known = await scheduled();
    const { state, ring } = world([known]);
    await ring.reload();
    const fresh = await scheduled();
    state.keys = [known, fresh];
    state.monotonicMs += 31_000;
    expect((await ring.find(fresh.kid))?.kid).toBe(fresh.kid);
  });

  test('while the store is down, an unknown id is an outage and a known one still verifies', async () => {
    const known = await scheduled();
    const { state, ring } = world([known]);
    await ring.reload();
    state.down = true;
    state.monotonicMs += 31_000;
    await expect(ring.find('unknown')).rejects.toThrow('store is down');
    expect((await ring.find(known.kid))?.kid).toBe(known.kid);
  });
});

describe('the times of a key', () => {
  test('published, signing, retired, gone: each step on the database’s clock', async () => {
    const old = await scheduled({ retiresAtMs: START_MS + 60_000, verifiesUntilMs: START_MS + 120_000 });
    const next = await scheduled({ signsFromMs: START_MS + 60_000 });
    const { state, ring } = world([old, next]);
    const at = async (seconds: number) => {
      state.monotonicMs = seconds * 1_000;
      if (seconds === 0) await ring.reload();
      return { signs: ring.current().kid, published: ring.published().map(({ kid }) => kid) };
    };
    expect(await at(0)).toEqual({ signs: old.kid, published: [old.kid, next.kid] });
    expect(await at(59)).toEqual({ signs: old.kid, published: [old.kid, next.kid] });
    expect(await at(60)).toEqual({ signs: next.kid, published: [old.kid, next.kid] });
    expect(await at(121)).toEqual({ signs: next.kid, published: [next.kid] });
    expect(await ring.find(old.kid)).toBeUndefined();
  });

  test('a key overtaken by an urgent rotation never signs', async () => {
    const first = await scheduled({ retiresAtMs: START_MS + 10_000 });
    const overtaken = await scheduled({ signsFromMs: START_MS + 60_000, retiresAtMs: START_MS + 10_000 });
    const urgent = await scheduled({ signsFromMs: START_MS + 10_000 });
    const { state, ring } = world([first, overtaken, urgent]);
    await ring.reload();
    state.monotonicMs = 61_000;
    expect(ring.current().kid).toBe(urgent.kid);
  });

  test('an instance that cannot read the next key goes on with the one it has', async () => {
    const old = await scheduled({ retiresAtMs: START_MS + 60_000, verifiesUntilMs: START_MS + 4_000_000 });
    const { state, ring } = world([old]);
    await ring.reload();
    state.monotonicMs = 300_000;
    expect(ring.current().kid).toBe(old.kid);
  });
});

test('a shared secret is never published', () => {
  const ring = sharedKeyRing(sharedSecretKey('0123456789abcdef0123456789abcdef'));
  expect(ring.published()).toEqual([]);
  expect(ring.current().algorithm).toBe('HS256');
  expect(ring.current().kid).not.toContain('0123456789');
});
