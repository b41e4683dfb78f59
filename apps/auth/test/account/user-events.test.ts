import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { decodeAccessToken } from '../decode.ts';
import {
  asOperator,
  asService,
  call,
  createStores,
  introspect,
  refresh,
  startAuthProcess,
  startUsers,
  type Neighbour,
  type Stores,
} from '../harness.ts';

let stores: Stores;
let users: Neighbour;
let auth: RunningApp;

beforeAll(async () => {
  stores = await createStores();
  users = await startUsers(stores);
  auth = await startAuthProcess({ ...stores.env, USERS_URL: users.url });
});

afterAll(async () => {
  await auth.stop();
  await users.stop();
  await stores.database.drop();
});

async function signIn(email: string): Promise<{ sub: string; access: string; refresh: string }> {
  const { status, body } = await call(auth, 'POST', '/api/v1/auth/dev/token', { headers: asOperator, body: { email } });
  expect(status).toBe(200);
  const access = String(body['access_token']);
  return { sub: decodeAccessToken(access).payload.sub, access, refresh: String(body['refresh_token']) };
}

const setStatus = (id: string, status: string) =>
  call(users, 'PUT', `/internal/users/${id}/status`, { headers: asService, body: { status } });

test('disabling a user at users ends every session; bringing the user back lets them sign in, not the old tokens', async () => {
  const first = await signIn('events@example.com');
  const second = await signIn('events@example.com');
  await setStatus(first.sub, 'disabled');
  await waitFor(async () => (await introspect(auth, first.access)).body['active'] === false);
  expect((await introspect(auth, second.access)).body).toEqual({ active: false });
  expect((await refresh(auth, second.refresh)).status).toBe(401);
  const answer = await call(auth, 'POST', '/api/v1/auth/dev/token', {
    headers: asOperator,
    body: { email: 'events@example.com' },
  });
  expect([answer.status, answer.body['code']]).toEqual([403, 'auth.forbidden']);
  await setStatus(first.sub, 'active');
  const back = await signIn('events@example.com');
  expect(back.sub).toBe(first.sub);
  expect((await introspect(auth, first.access)).body).toEqual({ active: false });
  expect((await refresh(auth, first.refresh)).status).toBe(401);
});

test('a new tier shows in introspection of the tokens already given, and in the next one', async () => {
  const session = await signIn('tiers@example.com');
  await call(users, 'PATCH', `/internal/users/${session.sub}`, { headers: asService, body: { tier: 'enterprise' } });
  await waitFor(async () => (await introspect(auth, session.access)).body['tier'] === 'enterprise');
  const { body } = await refresh(auth, session.refresh);
  expect(decodeAccessToken(String(body['access_token'])).payload.tier).toBe('enterprise');
});
