import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { REVOCATION_BEAT, REVOCATION_STREAM } from '@turnpike/contracts';
import { startRedis, waitFor, type OwnStore } from '@turnpike/test-kit';
import { unpublished } from '../../src/revocations/stores/revocations.ts';
import { callAs, createStores, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';

let stores: Stores;
let redis: OwnStore;
let otherRedis: OwnStore;
let auth: AuthInstance;
/** An instance on the same database whose Redis is another one. */
let other: AuthInstance;

beforeAll(async () => {
  [stores, redis, otherRedis] = await Promise.all([createStores(), startRedis(), startRedis()]);
  auth = await startAuth(stores, { REDIS_URL: redis.url });
  other = await startAuth(stores, { REDIS_URL: otherRedis.url });
});

afterAll(async () => {
  await Promise.all([auth.close(), other.close()]);
  await Promise.all([redis.dispose(), otherRedis.dispose(), stores.database.drop()]);
});

/** What the stream holds: ids of what was revoked, and heartbeats. */
async function entries({ context }: AuthInstance): Promise<string[]> {
  const stream = await context.redis.xrange(REVOCATION_STREAM, '-', '+');
  return stream.map(([, fields]) => (fields[0] === REVOCATION_BEAT ? REVOCATION_BEAT : (fields[3] ?? '')));
}

test('a heartbeat comes after all that was recorded, and not while Redis refuses to take that', async () => {
  await auth.context.revocations.relay();
  expect(await entries(auth)).toEqual([REVOCATION_BEAT]);
  const session = await openSession(auth);
  await auth.context.redis.config('SET', 'min-replicas-to-write', '1');
  expect((await callAs(auth, session, 'POST', '/api/v1/auth/logout')).status).toBe(200);
  await expect(auth.context.revocations.relay()).rejects.toThrow('EXECABORT');
  expect(await entries(auth)).toEqual([REVOCATION_BEAT]);
  await auth.context.redis.config('SET', 'min-replicas-to-write', '0');
  await auth.context.revocations.relay();
  expect(await entries(auth)).toEqual([REVOCATION_BEAT, session.sessionId, REVOCATION_BEAT]);
  // It is told once.
  await auth.context.revocations.relay();
  expect(await entries(auth)).toEqual([REVOCATION_BEAT, session.sessionId, REVOCATION_BEAT, REVOCATION_BEAT]);
});

test('an instance that hangs at its Redis keeps nothing from the heartbeats of another', async () => {
  const session = await openSession(other);
  otherRedis.pause();
  const hanging = callAs(other, session, 'POST', '/api/v1/auth/logout');
  const db = other.context.database;
  await waitFor(async () => (await unpublished(db, 1)).length === 1);
  const relaying = other.context.revocations.relay().catch(() => {});
  await auth.context.revocations.relay();
  expect((await entries(auth)).slice(-2)).toEqual([session.sessionId, REVOCATION_BEAT]);
  otherRedis.resume();
  await Promise.all([hanging, relaying]);
});
