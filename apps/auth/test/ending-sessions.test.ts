import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { z } from 'zod';
import type { IssuedTokens } from '../src/domain/sessions.ts';
import { asService, asUser, call, createStores, introspect, openSession, refresh, startAuth, type Answer, type AuthInstance, type Stores } from './harness.ts';

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

/** A call of the session's own user. */
function act(session: IssuedTokens, method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = asUser(method, path, session.userId, session.sessionId);
  return call(auth, method, path, { headers, ...(body === undefined ? {} : { body }) });
}

const logout = (session: IssuedTokens, body?: unknown) => act(session, 'POST', '/api/v1/auth/logout', body);

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

  test.each([[{ all: 'yes' }], [{ refresh_token: '' }], [{ refresh_token: 5 }], [[]]])('with %j is 422', async (body) => {
    const session = await openSession(auth);
    expect((await logout(session, body)).status).toBe(422);
    expect(await isLive(session)).toBe(true);
  });
});

describe('own sessions', () => {
  const page = z.object({ items: z.array(z.looseObject({ id: z.string(), current: z.boolean() })), total: z.number() });
  const list = async (session: IssuedTokens, query = '') => page.parse((await act(session, 'GET', `/api/v1/auth/sessions${query}`)).body);

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
    expect((await act(first, 'GET', '/api/v1/auth/sessions?limit=0')).status).toBe(422);
  });

  test('can be ended one by one, and leave the list', async () => {
    const first = await openSession(auth);
    const second = await openSession(auth, first.userId);
    const path = `/api/v1/auth/sessions/${second.sessionId}`;
    expect((await act(first, 'DELETE', path)).body).toEqual({ detail: 'Session ended' });
    expect(await isLive(second)).toBe(false);
    expect((await list(first)).total).toBe(1);
    expect((await act(first, 'DELETE', path)).status).toBe(404);
  });

  test('another user’s session is a 404 like one that never was', async () => {
    const [mallory, victim] = [await openSession(auth), await openSession(auth)];
    const theirs = await act(mallory, 'DELETE', `/api/v1/auth/sessions/${victim.sessionId}`);
    const absent = await act(mallory, 'DELETE', `/api/v1/auth/sessions/${uuidv7()}`);
    const { request_id: _one, ...theirBody } = theirs.body;
    const { request_id: _two, ...absentBody } = absent.body;
    expect([theirs.status, theirBody]).toEqual([absent.status, absentBody]);
    expect(theirs.status).toBe(404);
    expect(await isLive(victim)).toBe(true);
    expect((await act(mallory, 'DELETE', '/api/v1/auth/sessions/not-a-uuid')).status).toBe(422);
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

describe('a refresh racing an end', () => {
  const races: [string, (session: IssuedTokens) => Promise<Answer>][] = [
    ['logout', (session) => logout(session)],
    ['logout of all', (session) => logout(session, { all: true })],
    ['ending the session', (session) => act(session, 'DELETE', `/api/v1/auth/sessions/${session.sessionId}`)],
    ['deleting the account', (session) => act(session, 'DELETE', '/api/v1/auth/me')],
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
        const [, ...opened] = await Promise.all([act(session, 'DELETE', '/api/v1/auth/me'), ...opening]);
        for (const tokens of opened) {
          if (tokens !== undefined) expect((await introspect(auth, tokens.response.access_token)).body).toEqual({ active: false });
        }
      }),
    );
  });
});

describe('revocations', () => {
  const page = z.object({ items: z.array(z.object({ kind: z.string(), id: z.string(), at: z.string() })), until: z.string(), cursor: z.string().nullable() });
  const poll = async (since: string, cursor?: string) => {
    const path = `/internal/auth/revocations?since=${since}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const answer = await call(auth, 'GET', path, { headers: asService });
    expect(answer.status).toBe(200);
    return page.parse(answer.body);
  };

  test('are on the stream and in the poll when the act has been answered', async () => {
    const session = await openSession(auth);
    const { until: before } = await poll(new Date().toISOString());
    await logout(session);
    const entries = await auth.context.redis.xrevrange('{turnpike}:revocations', '+', '-', 'COUNT', 1);
    expect(entries[0]?.[1].slice(0, 4)).toEqual(['kind', 'session', 'id', session.sessionId]);
    const { items, cursor } = await poll(before);
    expect(items.at(-1)).toEqual({ kind: 'session', id: session.sessionId, at: expect.any(String) });
    expect(cursor).toBeNull();
  });

  test('of a deleted account name the whole principal', async () => {
    const session = await openSession(auth);
    await act(session, 'DELETE', '/api/v1/auth/me');
    const { items } = await poll(new Date().toISOString());
    expect(items.at(-1)).toMatchObject({ kind: 'principal', id: session.userId });
  });

  test('polling from one answer’s end to the next misses nothing, whatever commits late', async () => {
    const late = await auth.context.database.query<{ target_id: string }>(
      "INSERT INTO revocation (kind, target_id, at) VALUES ('session', gen_random_uuid(), now() - interval '5 seconds') RETURNING target_id",
    );
    const { items } = await poll(new Date().toISOString());
    expect(items.map(({ id }) => id)).toContain(late[0]?.target_id);
  });

  test('more than one answer holds are read on with its cursor, though all are of one moment', async () => {
    const { query } = auth.context.database;
    await query("INSERT INTO revocation (kind, target_id, at) SELECT 'session', gen_random_uuid(), now() FROM generate_series(1, 2500)");
    const since = new Date().toISOString();
    const ids = new Set<string>();
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const answer = await poll(since, cursor);
      for (const { id } of answer.items) ids.add(id);
      sizes.push(answer.items.length);
      cursor = answer.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(sizes.slice(0, 2)).toEqual([1_000, 1_000]);
    expect(sizes).toHaveLength(3);
    expect(ids.size).toBeGreaterThanOrEqual(2_500);
  });

  test.each(['', '?since=', '?since=yesterday', '?since=2026-01-01', '?since=2026-01-01T00:00:00Z&cursor=x'])('%j is 422', async (query) => {
    expect((await call(auth, 'GET', `/internal/auth/revocations${query}`, { headers: asService })).status).toBe(422);
  });
});
