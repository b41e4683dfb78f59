import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import {
  asOperator,
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

export function signInTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let auth: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    users = await startUsers(stores);
    auth = await startAuth(stores, { USERS_URL: users.url });
  });

  afterAll(async () => {
    await auth.close();
    await users.stop();
    await stores.database.drop();
  });

  const demo = () => call(auth, 'POST', '/api/v1/auth/demo');
  const dev = (body: object, headers: Record<string, string> = asOperator) =>
    call(auth, 'POST', '/api/v1/auth/dev/token', { body, headers });
  const service = (user_id: string, headers: Record<string, string> = asOperator) =>
    call(auth, 'POST', '/api/v1/auth/service-token', { body: { user_id }, headers });

  function claims(answer: Answer) {
    expect(answer.status).toBe(200);
    return decodeAccessToken(String(answer.body['access_token'])).payload;
  }

  async function asCaller(answer: Answer, method: string, path: string, body?: unknown): Promise<Answer> {
    const { sub, sid } = claims(answer);
    return call(auth, method, path, {
      headers: asUser(method, path, sub, sid),
      ...(body === undefined ? {} : { body }),
    });
  }

  describe('demo', () => {
    test('returns a pair of the one demo account, in the shape of the contract', async () => {
      const answer = await demo();
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.stringMatching(/^rt_/),
        token_type: 'bearer',
        expires_in: 900,
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const { header, payload } = decodeAccessToken(String(answer.body['access_token']));
      expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
      expect(payload).toEqual({
        iss: 'https://auth.test',
        aud: 'turnpike-test',
        sub: expect.any(String),
        sid: expect.any(String),
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: payload.iat + 900,
        type: 'access',
        tier: 'free',
      });
      expect(claims(await demo()).sub).toBe(payload.sub);
    });

    test('50 concurrent first sign-ins make one account', async () => {
      const fresh = await createStores();
      const neighbour = await startUsers(fresh);
      const instance = await startAuth(fresh, { USERS_URL: neighbour.url });
      const answers = await Promise.all(Array.from({ length: 50 }, () => call(instance, 'POST', '/api/v1/auth/demo')));
      expect(new Set(answers.map((answer) => claims(answer).sub)).size).toBe(1);
      expect(new Set(answers.map((answer) => claims(answer).sid)).size).toBe(50);
      await instance.close();
      await neighbour.stop();
      await fresh.database.drop();
    });

    test('tells its visitors nothing of each other', async () => {
      const answer = await call(auth, 'POST', '/api/v1/auth/demo', {
        headers: { 'user-agent': 'Visitor/1.0', 'x-forwarded-for': '203.0.113.9' },
      });
      const sessions = await asCaller(answer, 'GET', '/api/v1/auth/sessions');
      expect(JSON.stringify(sessions.body)).not.toMatch(/Visitor|203\.0\.113/);
    });
  });

  describe('development tokens', () => {
    test('find or create one user per address, whatever its spelling', async () => {
      const first = claims(await dev({ email: 'Ada@example.com', display_name: 'Ada', tier: 'pro' }));
      expect(first.tier).toBe('pro');
      expect(claims(await dev({ email: 'ada@EXAMPLE.com' })).sub).toBe(first.sub);
      expect(claims(await dev({ email: 'grace@example.com' })).sub).not.toBe(first.sub);
    });

    test('set the tier that is asked for', async () => {
      const first = claims(await dev({ email: 'tier@example.com' }));
      const second = claims(await dev({ email: 'tier@example.com', tier: 'enterprise' }));
      expect([first.tier, second.tier]).toEqual(['free', 'enterprise']);
      expect(second.sub).toBe(first.sub);
      const me = await asCaller(await dev({ email: 'tier@example.com' }), 'GET', '/api/v1/auth/me');
      expect(me.body['tier']).toBe('enterprise');
    });

    test.each([
      [{}],
      [{ email: 'not-an-address' }],
      [{ email: 'a@example.com', tier: 'NO' }],
      [{ email: 'a@example.com', tier: 'gold' }],
      [{ email: 7 }],
    ])('%j is 422', async (body) => {
      expect((await dev(body)).status).toBe(422);
    });

    test.each([[{}], [{ 'x-admin-key': 'wrong' }]])('are refused without the admin key (%j)', async (headers) => {
      const answer = await dev({ email: 'a@example.com' }, headers);
      expect([answer.status, answer.body['detail']]).toEqual([403, 'Invalid admin key']);
    });
  });

  test('what is kept of a sign-in’s origin is what can be kept', async () => {
    const agent = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${'x'.repeat(2_000)}`;
    for (const [address, kept] of [
      ['2001:db8::7', '2001:db8::7'],
      ['y'.repeat(500), null],
      ["'; DROP TABLE session; --", null],
    ] as const) {
      const body = { email: 'origin@example.com' };
      const headers = { ...asOperator, 'user-agent': agent, 'x-forwarded-for': address };
      const session = await call(auth, 'POST', '/api/v1/auth/dev/token', { body, headers });
      const listed = await asCaller(session, 'GET', '/api/v1/auth/sessions?limit=1');
      expect(listed.body['items']).toMatchObject([
        { address: kept, device: 'iPhone', user_agent: agent.slice(0, 256) },
      ]);
    }
  });

  describe('service tokens', () => {
    test('open a session of a user known by our id or an external id', async () => {
      const resolved = await call(users, 'POST', '/api/v1/users/resolve', {
        headers: asService,
        body: { external_id: 'crm-17' },
      });
      const userId = String(resolved.body['user_id']);
      const byOurs = claims(await service(userId));
      const byTheirs = claims(await service('crm-17'));
      expect([byOurs.sub, byTheirs.sub]).toEqual([userId, userId]);
      expect(byOurs.sid).not.toBe(byTheirs.sid);
    });

    test('are 404 for unknown and for disabled users, in the same words', async () => {
      const disabled = claims(await dev({ email: 'disabled@example.com' })).sub;
      await setStatus(disabled, 'disabled');
      const answers = [
        await service('nobody-knows-me'),
        await service('01a20032-4ef4-7294-815a-000000000000'),
        await service(disabled),
      ];
      expect(answers.map(({ status, body }) => [status, body['code'], body['detail']])).toEqual(
        Array.from({ length: 3 }, () => [404, 'resource.not_found', 'User not found']),
      );
    });

    test('are refused without the admin key', async () => {
      expect((await service('crm-17', {})).status).toBe(403);
    });
  });

  describe('a disabled user', () => {
    test('cannot sign in, and can once brought back', async () => {
      const { sub } = claims(await dev({ email: 'back@example.com' }));
      await setStatus(sub, 'disabled');
      await auth.context.database.query(
        'SELECT * FROM account_stop($1::uuid, $2, $3)',
        sub,
        'disabled',
        'account_disabled',
      );
      const refused = await dev({ email: 'back@example.com' });
      expect([refused.status, refused.body['code']]).toEqual([403, 'auth.forbidden']);
      await setStatus(sub, 'active');
      expect(claims(await dev({ email: 'back@example.com' })).sub).toBe(sub);
    });
  });

  async function setStatus(userId: string, status: string): Promise<void> {
    const answer = await call(users, 'PUT', `/internal/users/${userId}/status`, {
      headers: asService,
      body: { status },
    });
    expect(answer.status).toBe(200);
  }

  describe('the signed-in user', () => {
    test('reads and renames itself', async () => {
      const session = await dev({ email: 'me@example.com', display_name: 'Me' });
      const me = await asCaller(session, 'GET', '/api/v1/auth/me');
      expect(me.status).toBe(200);
      expect(me.body).toEqual({
        id: claims(session).sub,
        email: 'me@example.com',
        email_verified: false,
        display_name: 'Me',
        tier: 'free',
        created_at: expect.any(String),
        last_login_at: expect.any(String),
        identities: [{ provider: 'dev', linked_at: expect.any(String), removable: false }],
      });
      const renamed = await asCaller(session, 'PATCH', '/api/v1/auth/me', { display_name: '  New Name ' });
      expect(renamed.body).toEqual({ ...me.body, display_name: 'New Name' });
      // There is one name, wherever its parts are asked for.
      const person = await asCaller(session, 'GET', '/platform/api/global/auth/me');
      expect(person.body).toMatchObject({ first_name: 'New Name', last_name: null });
      expect((await asCaller(session, 'PATCH', '/api/v1/auth/me', { display_name: '' })).status).toBe(422);
    });

    test('without the edge’s word is nobody', async () => {
      const { sub } = claims(await dev({ email: 'spoof@example.com' }));
      const unsigned = await call(auth, 'GET', '/api/v1/auth/me', { headers: { ...asService, 'x-user-id': sub } });
      expect([unsigned.status, unsigned.body['code']]).toEqual([401, 'auth.missing']);
      const noKey = await call(auth, 'GET', '/api/v1/auth/me', { headers: { 'x-user-id': sub } });
      expect(noKey.status).toBe(403);
    });
  });

  describe('outages', () => {
    test('users down: a first sign-in is 503, a known identity signs in, and /me is 503', async () => {
      const cut = await startAuth(stores, { USERS_URL: 'http://127.0.0.1:1' });
      const known = await dev({ email: 'outage@example.com' });
      const post = (email: string) =>
        call(cut, 'POST', '/api/v1/auth/dev/token', { headers: asOperator, body: { email } });
      const unknown = await post('never-seen@example.com');
      expect([unknown.status, unknown.body['code']]).toEqual([503, 'service.unavailable']);
      expect(unknown.headers.get('retry-after')).toBe('1');
      expect((await post('outage@example.com')).status).toBe(200);
      const { sub, sid } = claims(known);
      const me = await call(cut, 'GET', '/api/v1/auth/me', { headers: asUser('GET', '/api/v1/auth/me', sub, sid) });
      expect(me.status).toBe(503);
      await cut.close();
    });
  });
}
