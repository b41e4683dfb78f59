import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listen } from '@turnpike/service-kit';
import { createTestDatabase, startApp, type RunningApp, type TestDatabase } from '@turnpike/test-kit';
import { dataOf } from '../account-harness.ts';
import {
  asService,
  asUser,
  call,
  createStores,
  startAuth,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';

let stores: Stores;
let users: Neighbour;
let creditsDatabase: TestDatabase;
let credits: RunningApp;
let silent: Server;
let silentUrl: string;
let userId: string;

const PATH = '/auth/users/me';
const NOBODY = 'http://127.0.0.1:1';

beforeAll(async () => {
  stores = await createStores();
  creditsDatabase = await createTestDatabase('credits');
  // Accepts connections and never answers: a neighbour that is slow beyond all patience.
  silent = createServer(() => {});
  silentUrl = await listen(silent, 0, '127.0.0.1');
  [users, credits] = await Promise.all([
    startUsers(stores),
    startApp('credits', {
      ...stores.env,
      ...creditsDatabase.env,
      CREDITS_PORT: '0',
      USERS_URL: NOBODY,
      LOG_LEVEL: 'info',
    }),
  ]);
  const auth = await startAuth(stores, { USERS_URL: users.url });
  const request = {
    provider: 'email',
    subject: 'me@example.com',
    email: 'me@example.com',
    emailVerified: true,
    displayName: 'Me',
    client: {},
  };
  ({ userId } = await auth.context.signIn(request));
  await auth.close();
  // The grant of sign-up, which the event from users repeats without effect.
  const grant = {
    user_id: userId,
    amount: 50,
    source: 'signup_bonus',
    source_ref: userId,
    transaction_type: 'signup_bonus',
  };
  await tellCredits('/internal/credits/grants', grant);
});

afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await credits.stop();
  await users.stop();
  await creditsDatabase.drop();
  await stores.database.drop();
});

function tellCredits(path: string, body: unknown): Promise<Answer> {
  return call(credits, 'POST', path, { body, headers: asService });
}

async function readMe(usersUrl: string, creditsUrl: string): Promise<Answer> {
  const auth: AuthInstance = await startAuth(stores, { USERS_URL: usersUrl, CREDITS_URL: creditsUrl });
  try {
    return await call(auth, 'GET', PATH, {
      headers: asUser('GET', PATH, userId, '01920000-0000-7000-8000-000000000001'),
    });
  } finally {
    await auth.close();
  }
}

const BILLING = { token_balance: 50, tokens_used: 0, subscription_tier: 'free' };
const PROJECTS = [{ id: expect.any(String), name: 'Default project' }];

describe('GET /auth/users/me', () => {
  test('user, projects and billing in one answer', async () => {
    const answer = await readMe(users.url, credits.url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      success: true,
      data: {
        id: userId,
        email: 'me@example.com',
        full_name: 'Me',
        is_active: true,
        is_superuser: false,
        is_verified: true,
        projects: PROJECTS,
        created_at: expect.stringMatching(/Z$/),
        updated_at: expect.stringMatching(/Z$/),
        billing: BILLING,
        missing: [],
      },
      error: null,
    });
  });

  test('shows what was spent', async () => {
    await tellCredits('/internal/credits/spend', { user_id: userId, cost: 5 });
    expect(dataOf(await readMe(users.url, credits.url))['billing']).toEqual({
      ...BILLING,
      token_balance: 45,
      tokens_used: 5,
    });
  });

  test.each(['down', 'silent'])('credits %s: the rest is answered, and billing is said to be missing', async (how) => {
    const answer = await readMe(users.url, how === 'down' ? NOBODY : silentUrl);
    expect(answer.status).toBe(200);
    expect(dataOf(answer)).toMatchObject({
      id: userId,
      email: 'me@example.com',
      projects: PROJECTS,
      billing: null,
      missing: ['billing'],
    });
  });

  test.each(['down', 'silent'])(
    'users %s: the rest is answered, and the profile is said to be missing',
    async (how) => {
      const answer = await readMe(how === 'down' ? NOBODY : silentUrl, credits.url);
      expect(answer.status).toBe(200);
      expect(dataOf(answer)).toEqual({
        id: userId,
        email: null,
        full_name: null,
        is_active: true,
        is_superuser: false,
        is_verified: null,
        projects: PROJECTS,
        created_at: null,
        updated_at: null,
        billing: { ...BILLING, token_balance: 45, tokens_used: 5 },
        missing: ['profile'],
      });
    },
  );

  test('both down: still an answer', async () => {
    expect(dataOf(await readMe(NOBODY, NOBODY))).toMatchObject({
      id: userId,
      billing: null,
      email: null,
      missing: ['billing', 'profile'],
    });
  });

  test('nobody signed in: 401', async () => {
    const auth = await startAuth(stores, { USERS_URL: users.url });
    try {
      const answer = await call(auth, 'GET', PATH, { headers: asService });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ success: false, data: null, error: { code: 'auth.missing' } });
    } finally {
      await auth.close();
    }
  });
});
