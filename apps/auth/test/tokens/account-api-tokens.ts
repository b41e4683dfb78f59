import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { dataOf } from '../account-harness.ts';
import { call, createStores, introspect, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function accountApiTokensTests(): void {
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

  const refresh = (token: string, userId: string) =>
    call(auth, 'POST', '/auth/verification/refresh-token', { body: { refresh_token: token, user_uuid: userId } });
  const revoke = (token: string) =>
    call(auth, 'POST', '/auth/verification/revoke-token', { body: { refresh_token: token } });

  describe('refresh-token', () => {
    test('returns the next pair in the envelope', async () => {
      const session = await openSession(auth);
      const answer = await refresh(session.response.refresh_token, session.userId.toUpperCase());
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.body).toEqual({
        success: true,
        data: {
          access_token: expect.any(String),
          refresh_token: expect.any(String),
          token_type: 'bearer',
          expires_in: 900,
        },
        error: null,
      });
      expect(dataOf(answer)['refresh_token']).not.toBe(session.response.refresh_token);
    });

    test('with a user_uuid that is not the owner: 401, and nothing is rotated', async () => {
      const session = await openSession(auth);
      const other = await openSession(auth);
      for (const wrong of [other.userId, uuidv7()]) {
        const answer = await refresh(session.response.refresh_token, wrong);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        expect(answer.body).toMatchObject({ success: false, data: null, error: { code: 'auth.refresh_invalid' } });
      }
      const rows = await auth.context.database.query(
        'SELECT rotated_at, ended_at FROM session WHERE id = $1::uuid',
        session.sessionId,
      );
      expect(rows).toEqual([{ rotated_at: null, ended_at: null }]);
      expect((await refresh(session.response.refresh_token, session.userId)).status).toBe(200);
    });

    test('of nobody is 401, without a user 422', async () => {
      expect((await refresh('rt_made-up', uuidv7())).status).toBe(401);
      expect((await refresh('rt_made-up', 'me')).status).toBe(422);
    });
  });

  describe('revoke-token', () => {
    test('ends the session of the token; 200 whether or not there was one', async () => {
      const session = await openSession(auth);
      for (const token of [session.response.refresh_token, session.response.refresh_token, 'rt_made-up']) {
        const answer = await revoke(token);
        expect(answer.status).toBe(200);
        expect(answer.body).toEqual({ success: true, data: {}, error: null });
      }
      expect((await introspect(auth, session.response.access_token)).body).toEqual({ active: false });
      expect((await refresh(session.response.refresh_token, session.userId)).status).toBe(401);
    });

    test("leaves the user's other sessions alone", async () => {
      const one = await openSession(auth);
      const other = await openSession(auth, one.userId);
      await revoke(one.response.refresh_token);
      expect((await introspect(auth, other.response.access_token)).body).toMatchObject({ active: true });
    });
  });
}
