import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

export function refreshRotationTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  let second: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
    second = await startAuth(stores);
  });

  afterAll(async () => {
    await auth.close();
    await second.close();
    await stores.database.drop();
  });

  /** Moves a session's last rotation into the past, as if that much time had gone by. */
  async function age(sessionId: string, seconds: number): Promise<void> {
    await auth.context.database.query(
      "UPDATE session SET rotated_at = rotated_at - $2::int * interval '1 second' WHERE id = $1::uuid",
      sessionId,
      seconds,
    );
  }

  async function rotated(token: string): Promise<string> {
    const { status, body } = await refresh(auth, token);
    expect(status).toBe(200);
    return String(body['refresh_token']);
  }

  async function isLive(accessToken: string): Promise<boolean> {
    return (await introspect(auth, accessToken)).body['active'] === true;
  }

  describe('rotation', () => {
    test('each refresh gives a new refresh token and a working access token', async () => {
      const session = await openSession(auth);
      const first = await refresh(auth, session.response.refresh_token);
      expect(first.status).toBe(200);
      expect(first.body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.stringMatching(/^rt_[A-Za-z0-9_-]{86}$/),
        token_type: 'bearer',
        expires_in: 900,
      });
      expect(first.body['refresh_token']).not.toBe(session.response.refresh_token);
      expect(first.headers.get('cache-control')).toBe('no-store');
      expect(await isLive(String(first.body['access_token']))).toBe(true);
      const next = await refresh(auth, String(first.body['refresh_token']));
      expect(next.status).toBe(200);
      expect(next.body['refresh_token']).not.toBe(first.body['refresh_token']);
    });

    test.each([1, 2, 3, 4, 5])(
      '100 parallel refreshes of one token on two instances give one successor, all 200 (run %i)',
      async () => {
        const session = await openSession(auth);
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, n) => refresh(n % 2 === 0 ? auth : second, session.response.refresh_token)),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));
        const successors = new Set(answers.map(({ body }) => body['refresh_token']));
        expect(successors.size).toBe(1);
        const [successor] = successors;
        expect((await refresh(auth, String(successor))).status).toBe(200);
      },
    );

    test('a chain of bursts keeps the session: every burst has one successor', async () => {
      let token = (await openSession(auth)).response.refresh_token;
      for (let burst = 0; burst < 5; burst += 1) {
        const presented = token;
        const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(auth, presented)));
        const successors = [...new Set(answers.map(({ body }) => String(body['refresh_token'])))];
        expect(successors).toHaveLength(1);
        token = successors[0] ?? '';
      }
    });
  });

  describe('the previous token', () => {
    test('within the grace is answered with the same successor', async () => {
      const { response, sessionId } = await openSession(auth);
      const successor = await rotated(response.refresh_token);
      await age(sessionId, 20);
      expect(await rotated(response.refresh_token)).toBe(successor);
      expect(await rotated(response.refresh_token)).toBe(successor);
    });

    test('after the grace ends the session', async () => {
      const { response, sessionId } = await openSession(auth);
      const successor = await rotated(response.refresh_token);
      await age(sessionId, 31);
      const answer = await refresh(auth, response.refresh_token);
      expect([answer.status, answer.body['code']]).toEqual([401, 'auth.session_revoked']);
      expect((await refresh(auth, successor)).status).toBe(401);
      expect(await isLive(response.access_token)).toBe(false);
    });
  });

  describe('reuse', () => {
    test('a token two generations old ends the session at once, within the grace too', async () => {
      const { response } = await openSession(auth);
      const second_ = await rotated(response.refresh_token);
      const third = await rotated(second_);
      const answer = await refresh(auth, response.refresh_token);
      expect([answer.status, answer.body['code']]).toEqual([401, 'auth.session_revoked']);
      expect((await refresh(auth, third)).status).toBe(401);
    });

    test('ends no other session of the user', async () => {
      const victim = await openSession(auth);
      const other = await openSession(auth, victim.userId);
      await rotated(await rotated(victim.response.refresh_token));
      expect((await refresh(auth, victim.response.refresh_token)).status).toBe(401);
      expect(await isLive(victim.response.access_token)).toBe(false);
      expect(await isLive(other.response.access_token)).toBe(true);
      expect((await refresh(auth, other.response.refresh_token)).status).toBe(200);
    });

    test('is announced to the edges and recorded in the trail', async () => {
      const { response, sessionId } = await openSession(auth);
      await rotated(await rotated(response.refresh_token));
      await refresh(auth, response.refresh_token);
      const { database, redis } = auth.context;
      const entries = await redis.xrevrange('{turnpike}:revocations', '+', '-', 'COUNT', 1);
      expect(entries[0]?.[1]).toEqual(['kind', 'session', 'id', sessionId, 'at', expect.any(String)]);
      const events = await database.query(
        'SELECT action, detail FROM audit_event WHERE session_id = $1::uuid ORDER BY id DESC LIMIT 1',
        sessionId,
      );
      expect(events).toEqual([{ action: 'session.end', detail: { reason: 'refresh_reuse' } }]);
      const figures = await (await fetch(`${auth.url}/metrics`)).text();
      expect(figures).toMatch(/^turnpike_auth_refreshes_total\{.*outcome="reused".*\} [1-9]/m);
    });
  });

  describe('a made-up token', () => {
    test('that names a live session is refused and does not end it', async () => {
      const { response, sessionId } = await openSession(auth);
      const bytes = Buffer.from(response.refresh_token.slice(3), 'base64url');
      for (const position of [0, 15, 16, 40, 48, 63]) {
        const forged = Buffer.from(bytes);
        forged[position] = (forged[position] ?? 0) ^ 1;
        const answer = await refresh(auth, `rt_${forged.toString('base64url')}`);
        expect([answer.status, answer.body['code']]).toEqual([401, 'auth.refresh_invalid']);
      }
      const madeUp = Buffer.concat([Buffer.from(sessionId.replaceAll('-', ''), 'hex'), Buffer.alloc(48, 7)]);
      expect((await refresh(auth, `rt_${madeUp.toString('base64url')}`)).status).toBe(401);
      expect(await isLive(response.access_token)).toBe(true);
      expect((await refresh(auth, response.refresh_token)).status).toBe(200);
    });

    test.each(['', 'x', 'rt_', 'rt_' + 'A'.repeat(86), 'eyJhbGciOiJub25lIn0.e30.'])('%j is refused', async (token) => {
      const answer = await refresh(auth, token);
      expect(answer.status).toBe(token === '' ? 422 : 401);
    });

    test('another spelling of the same bytes is refused', async () => {
      const { response } = await openSession(auth);
      const last = response.refresh_token.slice(-1);
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const respelled = response.refresh_token.slice(0, -1) + (alphabet[alphabet.indexOf(last) + 1] ?? 'B');
      expect(Buffer.from(respelled.slice(3), 'base64url')).toEqual(
        Buffer.from(response.refresh_token.slice(3), 'base64url'),
      );
      expect((await refresh(auth, respelled)).status).toBe(401);
    });

    test('an access token is not a refresh token', async () => {
      const { response } = await openSession(auth);
      const answer = await refresh(auth, response.access_token);
      expect([answer.status, answer.body['code']]).toEqual([401, 'auth.refresh_invalid']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });
  });
}
