import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { uuidv7 } from '@turnpike/service-kit';
import type { IssuedTokens } from '../../src/sessions/domain/sessions.ts';
import {
  callAs,
  asUser,
  call,
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

export function endingSessionsTests(): void {
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

  const logout = (session: IssuedTokens, body?: unknown) => callAs(auth, session, 'POST', '/api/v1/auth/logout', body);

  async function isLive({ response }: IssuedTokens): Promise<boolean> {
    const answer = await introspect(auth, response.access_token);
    if (answer.body['active'] === true) return true;
    expect(answer.headers.get('x-inactive-reason')).toBe('session_revoked');
    const refused = await refresh(auth, response.refresh_token);
    expect([refused.status, refused.body['code']]).toEqual([401, 'auth.session_revoked']);
    return false;
  }

  const LOGGED_OUT = { detail: 'Logged out' };

  describe('logout', () => {
    test('without a body ends the session that asks, and no other', async () => {
      const session = await openSession(auth);
      const other = await openSession(auth, session.userId);
      const answer = await logout(session);
      expect([answer.status, answer.body]).toEqual([200, LOGGED_OUT]);
      expect([await isLive(session), await isLive(other)]).toEqual([false, true]);
    });

    test.each([[{}], [{ refresh_token: null, all: null }], [{ all: false }]])('with %j does the same', async (body) => {
      const session = await openSession(auth);
      expect((await logout(session, body)).status).toBe(200);
      expect(await isLive(session)).toBe(false);
    });

    test('with the refresh token of another own session ends that one', async () => {
      const session = await openSession(auth);
      const other = await openSession(auth, session.userId);
      expect((await logout(session, { refresh_token: other.response.refresh_token })).body).toEqual(LOGGED_OUT);
      expect([await isLive(session), await isLive(other)]).toEqual([true, false]);
    });

    test('with an old refresh token of the own session ends it', async () => {
      const session = await openSession(auth);
      await refresh(auth, session.response.refresh_token);
      expect((await logout(session, { refresh_token: session.response.refresh_token })).status).toBe(200);
      expect((await introspect(auth, session.response.access_token)).body).toEqual({ active: false });
    });

    test('with somebody else’s refresh token ends the caller’s session, not theirs', async () => {
      const [mallory, victim] = [await openSession(auth), await openSession(auth)];
      expect((await logout(mallory, { refresh_token: victim.response.refresh_token })).body).toEqual(LOGGED_OUT);
      expect([await isLive(mallory), await isLive(victim)]).toEqual([false, true]);
    });

    test('with a token nobody knows answers 200 and logs the caller out', async () => {
      const session = await openSession(auth);
      expect((await logout(session, { refresh_token: 'rt_unknown' })).status).toBe(200);
      expect(await isLive(session)).toBe(false);
    });

    test('of all ends every session of the user and of nobody else', async () => {
      const first = await openSession(auth);
      const own = await Promise.all(Array.from({ length: 4 }, () => openSession(auth, first.userId)));
      const stranger = await openSession(auth);
      expect((await logout(first, { all: true })).status).toBe(200);
      expect(await Promise.all([first, ...own].map(isLive))).toEqual([false, false, false, false, false]);
      expect(await isLive(stranger)).toBe(true);
    });

    test('twice is 200 both times', async () => {
      const session = await openSession(auth);
      expect([(await logout(session)).status, (await logout(session)).status]).toEqual([200, 200]);
    });

    test.each([[{ all: 'yes' }], [{ refresh_token: '' }], [{ refresh_token: 5 }], [[]]])(
      'with %j is 422',
      async (body) => {
        const session = await openSession(auth);
        expect((await logout(session, body)).status).toBe(422);
        expect(await isLive(session)).toBe(true);
      },
    );
  });

  describe('own sessions', () => {
    const page = z.object({
      items: z.array(z.looseObject({ id: z.string(), current: z.boolean() })),
      total: z.number(),
    });
    const list = async (session: IssuedTokens, query = '') =>
      page.parse((await callAs(auth, session, 'GET', `/api/v1/auth/sessions${query}`)).body);

    test('are listed newest first, with the one that asks marked', async () => {
      const first = await openSession(auth);
      const second = await openSession(auth, first.userId);
      await openSession(auth);
      const { items, total } = await list(first);
      expect(total).toBe(2);
      expect(items.map(({ id, current }) => [id, current])).toEqual([
        [second.sessionId, false],
        [first.sessionId, true],
      ]);
      expect(items[0]).toEqual({
        id: second.sessionId,
        method: 'google',
        device: null,
        user_agent: 'test',
        address: '192.0.2.1',
        created_at: expect.any(String),
        last_used_at: expect.any(String),
        expires_at: expect.any(String),
        current: false,
      });
      expect((await list(first, '?limit=1&offset=1')).items.map(({ id }) => id)).toEqual([first.sessionId]);
      expect((await callAs(auth, first, 'GET', '/api/v1/auth/sessions?limit=0')).status).toBe(422);
    });

    test('can be ended one by one, and leave the list', async () => {
      const first = await openSession(auth);
      const second = await openSession(auth, first.userId);
      const path = `/api/v1/auth/sessions/${second.sessionId}`;
      expect((await callAs(auth, first, 'DELETE', path)).body).toEqual({ detail: 'Session ended' });
      expect(await isLive(second)).toBe(false);
      expect((await list(first)).total).toBe(1);
      expect((await callAs(auth, first, 'DELETE', path)).status).toBe(404);
    });

    test('another user’s session is a 404 like one that never was', async () => {
      const [mallory, victim] = [await openSession(auth), await openSession(auth)];
      const theirs = await callAs(auth, mallory, 'DELETE', `/api/v1/auth/sessions/${victim.sessionId}`);
      const absent = await callAs(auth, mallory, 'DELETE', `/api/v1/auth/sessions/${uuidv7()}`);
      const { request_id: _one, ...theirBody } = theirs.body;
      const { request_id: _two, ...absentBody } = absent.body;
      expect([theirs.status, theirBody]).toEqual([absent.status, absentBody]);
      expect(theirs.status).toBe(404);
      expect(await isLive(victim)).toBe(true);
      expect((await callAs(auth, mallory, 'DELETE', '/api/v1/auth/sessions/not-a-uuid')).status).toBe(422);
    });

    test('an API key manages no sessions and no account', async () => {
      const { userId } = await openSession(auth);
      const attempts: [string, string, unknown?][] = [
        ['GET', '/api/v1/auth/sessions'],
        ['DELETE', `/api/v1/auth/sessions/${uuidv7()}`],
        ['POST', '/api/v1/auth/logout'],
        ['DELETE', '/api/v1/auth/me'],
        ['PATCH', '/api/v1/auth/me', { display_name: 'Key' }],
      ];
      for (const [method, path, body] of attempts) {
        const headers = { ...asUser(method, path, userId), 'x-gateway-key-id': uuidv7() };
        const answer = await call(auth, method, path, { headers, ...(body === undefined ? {} : { body }) });
        expect([method, path, answer.status, answer.body['code']]).toEqual([method, path, 403, 'auth.scope_missing']);
      }
    });
  });
}
