import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import {
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

export function sessionLifetimesTests(): void {
  let stores: Stores;
  let auth: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores, { REFRESH_TOKEN_TTL_DAYS: '30', SESSION_IDLE_TTL_DAYS: '14' });
  });

  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  /** Lets time go by for one session: all its moments move into the past. */
  async function passTime(sessionId: string, seconds: number): Promise<void> {
    await auth.context.database.query(
      `UPDATE session SET created_at = created_at - d, last_used_at = last_used_at - d, rotated_at = rotated_at - d,
            idle_expires_at = idle_expires_at - d, expires_at = expires_at - d
       FROM (SELECT $2::int * interval '1 second' AS d) AS step WHERE id = $1::uuid`,
      sessionId,
      seconds,
    );
  }

  const DAY = 86_400;

  describe('absolute life', () => {
    test('rotation never extends it: refreshed every ten days, a session still ends on the thirtieth', async () => {
      const { sessionId, response } = await openSession(auth);
      let token = response.refresh_token;
      for (const _decade of [1, 2]) {
        await passTime(sessionId, 10 * DAY);
        const answer = await refresh(auth, token);
        expect(answer.status).toBe(200);
        token = String(answer.body['refresh_token']);
      }
      await passTime(sessionId, 10 * DAY);
      const ended = await refresh(auth, token);
      expect([ended.status, ended.body['code']]).toEqual([401, 'auth.refresh_invalid']);
    });

    test('the last access token does not outlive the session', async () => {
      const { sessionId, response } = await openSession(auth);
      await auth.context.database.query(
        "UPDATE session SET expires_at = now() + interval '100 seconds' WHERE id = $1::uuid",
        sessionId,
      );
      const { status, body } = await refresh(auth, response.refresh_token);
      expect(status).toBe(200);
      expect(body['expires_in']).toBeLessThanOrEqual(100);
      const { payload } = decodeAccessToken(String(body['access_token']));
      expect(payload.exp - payload.iat).toBe(body['expires_in']);
      await passTime(sessionId, 100);
      const answer = await introspect(auth, String(body['access_token']));
      expect([answer.body, answer.headers.get('x-inactive-reason')]).toEqual([{ active: false }, 'session_revoked']);
    });
  });

  describe('idle life', () => {
    test('a session that nobody refreshed for two weeks is over', async () => {
      const { sessionId, response } = await openSession(auth);
      await passTime(sessionId, 14 * DAY);
      expect((await refresh(auth, response.refresh_token)).status).toBe(401);
    });

    test('each refresh starts it anew', async () => {
      const { sessionId, response } = await openSession(auth);
      await passTime(sessionId, 13 * DAY);
      const { body } = await refresh(auth, response.refresh_token);
      await passTime(sessionId, 13 * DAY);
      expect((await refresh(auth, String(body['refresh_token']))).status).toBe(200);
    });

    test('a repeated refresh within the grace does not', async () => {
      const { sessionId, response } = await openSession(auth);
      await refresh(auth, response.refresh_token);
      const idleEnd = () =>
        auth.context.database.query('SELECT idle_expires_at FROM session WHERE id = $1::uuid', sessionId);
      const before = await idleEnd();
      expect((await refresh(auth, response.refresh_token)).status).toBe(200);
      expect(await idleEnd()).toEqual(before);
    });
  });
}
