import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, waitFor, type RunningApp } from '@turnpike/test-kit';
import { decodeAccessToken } from '../decode.ts';
import {
  asOperator,
  asService,
  asUser,
  call,
  createStores,
  introspect,
  startAuthProcess,
  startUsers,
  type Answer,
  type Neighbour,
  type Stores,
} from '../harness.ts';

let stores: Stores;
let users: Neighbour;
let auth: RunningApp;

beforeAll(async () => {
  stores = await createStores();
  const port = await freePort();
  users = await startUsers(stores, `http://127.0.0.1:${port}`);
  auth = await startAuthProcess({ ...stores.env, USERS_URL: users.url, AUTH_PORT: String(port) });
});

afterAll(async () => {
  await auth.stop();
  await users.stop();
  await stores.database.drop();
});

const signIn = () =>
  call(auth, 'POST', '/api/v1/auth/dev/token', { headers: asOperator, body: { email: 'phoenix@example.com' } });

function subjectOf(answer: Answer): { sub: string; sid: string } {
  expect(answer.status).toBe(200);
  return decodeAccessToken(String(answer.body['access_token'])).payload;
}

async function deleteMe(session: Answer): Promise<void> {
  const { sub, sid } = subjectOf(session);
  const { status } = await call(auth, 'DELETE', '/api/v1/auth/me', {
    headers: asUser('DELETE', '/api/v1/auth/me', sub, sid),
  });
  expect(status).toBe(200);
}

test('who deletes the account and signs in again at once is somebody new, never the old user and never an error', async () => {
  const seen = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    const session = await signIn();
    const { sub } = subjectOf(session);
    expect(seen).not.toContain(sub);
    seen.add(sub);
    await deleteMe(session);
    expect((await introspect(auth, String(session.body['access_token']))).body).toEqual({ active: false });
  }
  const [first] = seen;
  await waitFor(async () => {
    const { status } = await call(users, 'GET', `/internal/users/${first}`, { headers: asService });
    return status === 410;
  });
});

test('20 sign-ins right after a deletion make one new user', async () => {
  const session = await signIn();
  const { sub } = subjectOf(session);
  await deleteMe(session);
  const answers = await Promise.all(Array.from({ length: 20 }, signIn));
  const subjects = new Set(answers.map((answer) => subjectOf(answer).sub));
  expect(subjects.size).toBe(1);
  expect(subjects).not.toContain(sub);
});
