import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IssuedTokens } from '../src/domain/sessions.ts';
import { act, createStores, introspect, openSession, refresh, startAuth, type Answer, type AuthInstance, type Stores } from './harness.ts';

let stores: Stores;
let auth: AuthInstance;

beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores);
});

afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

describe('a refresh racing an end', () => {
  const races: [string, (session: IssuedTokens) => Promise<Answer>][] = [
    ['logout', (session) => act(auth, session, 'POST', '/api/v1/auth/logout')],
    ['logout of all', (session) => act(auth, session, 'POST', '/api/v1/auth/logout', { all: true })],
    ['ending the session', (session) => act(auth, session, 'DELETE', `/api/v1/auth/sessions/${session.sessionId}`)],
    ['deleting the account', (session) => act(auth, session, 'DELETE', '/api/v1/auth/me')],
  ];

  test.each(races)('%s never leaves a live token, in 50 races of 8 refreshes', async (_name, end) => {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const session = await openSession(auth);
        const refreshes = Array.from({ length: 8 }, () => refresh(auth, session.response.refresh_token));
        const [ended, ...answers] = await Promise.all([end(session), ...refreshes]);
        expect(ended.status).toBe(200);
        for (const { status, body } of answers) {
          expect([200, 401]).toContain(status);
          if (status !== 200) continue;
          expect((await refresh(auth, String(body['refresh_token']))).status).toBe(401);
          expect((await introspect(auth, String(body['access_token']))).body).toEqual({ active: false });
        }
      }),
    );
  });

  test('a sign-in racing the deletion of its account leaves no live session', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const session = await openSession(auth);
        const opening = Array.from({ length: 4 }, () =>
          auth.context.sessions.open({ userId: session.userId, method: 'google', client: {} }).catch(() => undefined),
        );
        const [, ...opened] = await Promise.all([act(auth, session, 'DELETE', '/api/v1/auth/me'), ...opening]);
        for (const tokens of opened) {
          if (tokens !== undefined) expect((await introspect(auth, tokens.response.access_token)).body).toEqual({ active: false });
        }
      }),
    );
  });
});
