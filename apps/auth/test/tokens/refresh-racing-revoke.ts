import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stopAccount } from '../../src/account/stores/accounts.ts';
import type { IssuedTokens } from '../../src/sessions/domain/sessions.ts';
import { endSession } from '../../src/sessions/stores/sessions.ts';
import {
  callAs,
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { queueBehind } from '../queue-behind.ts';

export function refreshRacingRevokeTests(): void {
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
      ['logout', (session) => callAs(auth, session, 'POST', '/api/v1/auth/logout')],
      ['logout of all', (session) => callAs(auth, session, 'POST', '/api/v1/auth/logout', { all: true })],
      [
        'ending the session',
        (session) => callAs(auth, session, 'DELETE', `/api/v1/auth/sessions/${session.sessionId}`),
      ],
      ['deleting the account', (session) => callAs(auth, session, 'DELETE', '/api/v1/auth/me')],
    ];

    test.each(races)('%s never leaves a live token, in 12 races of 6 refreshes', async (_name, end) => {
      await Promise.all(
        Array.from({ length: 12 }, async () => {
          const session = await openSession(auth);
          const refreshes = Array.from({ length: 6 }, () => refresh(auth, session.response.refresh_token));
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
        Array.from({ length: 10 }, async () => {
          const session = await openSession(auth);
          const opening = Array.from({ length: 4 }, () =>
            auth.context.sessions.open({ userId: session.userId, method: 'google', client: {} }).catch(() => undefined),
          );
          const [, ...opened] = await Promise.all([callAs(auth, session, 'DELETE', '/api/v1/auth/me'), ...opening]);
          for (const tokens of opened) {
            if (tokens !== undefined)
              expect((await introspect(auth, tokens.response.access_token)).body).toEqual({ active: false });
          }
        }),
      );
    });

    test.each(['deleted', 'disabled'] as const)(
      'a sign-in that waits while its account is %s is refused',
      async (status) => {
        const { userId } = await openSession(auth);
        const { database, sessions } = auth.context;
        const open = () => sessions.open({ userId, method: 'google', client: {} });
        const [result] = await queueBehind(
          database,
          (db) => stopAccount(db, userId, status),
          () => [open()],
        );
        expect(result).toMatchObject({ status: 'rejected', reason: { reason: `account_${status}` } });
        expect(
          await database.query('SELECT id FROM session WHERE user_id = $1::uuid AND ended_at IS NULL', userId),
        ).toEqual([]);
      },
    );

    test('a refresh that waits while its session ends is refused', async () => {
      const { response, sessionId } = await openSession(auth);
      const [result] = await queueBehind(
        auth.context.database,
        (db) => endSession(db, sessionId, null, 'test'),
        () => [auth.context.sessions.refresh(response.refresh_token)],
      );
      expect(result).toMatchObject({ status: 'rejected', reason: { reason: 'session_ended' } });
    });

    test('refreshes that all wait for one row are given one successor', async () => {
      const { response, sessionId } = await openSession(auth);
      const settled = await queueBehind(
        auth.context.database,
        ({ query }) => query('SELECT FROM session WHERE id = $1::uuid FOR UPDATE', sessionId),
        () => Array.from({ length: 8 }, () => auth.context.sessions.refresh(response.refresh_token)),
      );
      const successors = settled.map((result) =>
        result.status === 'fulfilled' ? result.value.response.refresh_token : result.reason,
      );
      expect(new Set(successors).size).toBe(1);
    });
  });
}
