import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Principal } from '../domain/principal.ts';
import { CredentialCache } from './credential-cache.ts';
import { RevokedIds } from './revoked-ids.ts';

let nowMs: number;
let revoked: RevokedIds;
let cache: CredentialCache;
beforeEach(() => {
  nowMs = 0;
  revoked = new RevokedIds(60_000, () => nowMs);
  cache = new CredentialCache({
    ttlMs: 1_000,
    entriesMax: 3,
    revoked,
    monotonicMs: () => nowMs,
    now: () => nowMs + 1e12,
  });
});

function principal(userId: string, sessionId?: string, keyId?: string): Principal {
  const expiresAtMs = Number.POSITIVE_INFINITY;
  return {
    userId,
    limitSubject: userId,
    countedAs: `user:${userId}`,
    sessionId,
    shared: false,
    keyId,
    keyPrefix: undefined,
    projectId: undefined,
    tier: 'free',
    organisation: undefined,
    operator: undefined,
    scopes: [],
    expiresAtMs,
    keyPerMinute: undefined,
    keyBounds: undefined,
  };
}

const load = (digest: string, who: Principal) => cache.load(digest, () => Promise.resolve({ principal: who }));

const OF_AN_ORGANISATION = { id: 'o1', role: 'member', env: 'prod', membershipId: 'm1' } as const;

describe.each<[string, string, string[]]>([
  ['a session', 's1', ['token2', 'key']],
  ['a key', 'k1', ['token1', 'token2']],
  ['a user', 'u1', []],
  ['an organisation', 'o1', ['token1', 'key']],
  ['a membership', 'm1', ['token1', 'key']],
  ['somebody else', 'u2', ['token1', 'token2', 'key']],
])('what stands for %s', (_what, id, left) => {
  beforeEach(async () => {
    await load('token1', principal('u1', 's1'));
    await load('token2', { ...principal('u1', 's2'), organisation: OF_AN_ORGANISATION });
    await load('key', principal('u1', undefined, 'k1'));
  });
  const known = () => ['token1', 'token2', 'key'].filter((digest) => cache.find(digest) !== undefined);

  test('is forgotten', () => {
    cache.forget(id);
    expect(known()).toEqual(left);
    expect(cache.size).toBe(left.length);
  });

  test('is void once its revocation was heard', () => {
    revoked.add({ kind: 'session', id });
    expect(known()).toEqual(left);
  });
});

test('a revocation of an unknown kind makes auth be asked again about everybody, under-way answers included', async () => {
  await load('token', principal('u1', 's1'));
  await load('key', principal('u2', undefined, 'k1'));
  revoked.add({ kind: 'unknown' });
  expect(['token', 'key'].filter((digest) => cache.find(digest) !== undefined)).toEqual([]);
  nowMs = 1;
  let questions = 0;
  await cache.load('token', () => {
    questions += 1;
    if (questions === 1) revoked.add({ kind: 'unknown' });
    else nowMs = 2;
    return Promise.resolve({ principal: principal('u1', 's1') });
  });
  expect(questions).toBe(3);
  nowMs = 3;
  expect(cache.find('token')).toBeDefined();
});

test('what was evicted and learned again is forgotten as well', async () => {
  for (const digest of ['a', 'b', 'c', 'd', 'a']) await load(digest, principal('u1', `s-${digest}`));
  cache.forget('s-b');
  expect(cache.size).toBe(3);
  cache.forget('u1');
  expect(cache.size).toBe(0);
});

test('an answer that was under way when its session ended is asked for again', async () => {
  let questions = 0;
  const verdict = await cache.load('token', () => {
    questions += 1;
    if (questions > 1) return Promise.resolve({ inactive: 'session_revoked' });
    revoked.add({ kind: 'session', id: 's1' });
    return Promise.resolve({ principal: principal('u1', 's1') });
  });
  expect(verdict).toEqual({ inactive: 'session_revoked' });
  expect(cache.size).toBe(0);
});

test('an answer lives as long as it may by its age, and by the end of its credential', async () => {
  await load('old', principal('u1', 's1'));
  await load('short', { ...principal('u1', 's2'), expiresAtMs: 1e12 + 500 });
  nowMs = 499;
  expect(cache.find('short')).toBeDefined();
  nowMs = 500;
  expect(cache.find('short')).toBeUndefined();
  nowMs = 999;
  expect(cache.find('old')).toBeDefined();
  nowMs = 1_000;
  expect(cache.find('old')).toBeUndefined();
});
