import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { introspect, refresh } from '../harness.ts';
import { queueBehind } from '../queue-behind.ts';
import { newAddress, OTHER, outcome, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function loginTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  describe('signing in with a password', () => {
    test('answers the pair of tokens, the person, and their organisations', async () => {
      const email = newAddress();
      const { user } = (await stage.person(email)).body;
      const login = await stage.post('login', { email: email.toUpperCase(), password: PASSWORD });
      expect(login.status).toBe(200);
      expect(login.body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 900,
        global_access_token: login.body['access_token'],
        user,
        tenants: [],
      });
      expect(login.headers.get('cache-control')).toBe('no-store');
      const sessions = await stage.auth.context.database.query<{ method: string }>(
        'SELECT method FROM session WHERE user_id = $1::uuid ORDER BY created_at',
        (user as { id: string }).id,
      );
      expect(sessions).toEqual([{ method: 'password' }, { method: 'password' }]);
    });

    test('is the same account as signing in with a mailed code, at either door', async () => {
      const email = newAddress();
      const { user } = (await stage.person(email)).body;
      expect((await stage.post('otp/request', { email })).body).toEqual({ message: 'OTP sent to your email' });
      const code = await stage.mailbox.codeFor(email, 2);
      const verified = await stage.post('otp/verify', { email, code });
      expect(verified).toMatchObject({ status: 200, body: { user, tenants: [] } });
      expect(outcome(await stage.post('otp/verify', { email, code }))).toEqual([401, 'auth.code_invalid']);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
    });

    test('takes the password however it was composed, and not with other case or spaces', async () => {
      const email = newAddress();
      const { id } = (await stage.post('register', { email, password: 'une poign\u00e9e de caf\u00e9' })).body;
      await stage.post('verify-email', { id, code: await stage.mailbox.codeFor(email) });
      const tryWith = async (password: string) => (await stage.post('login', { email, password })).status;
      expect(await tryWith('une poigne\u0301e de cafe\u0301')).toBe(200);
      expect(await tryWith('Une poign\u00e9e de caf\u00e9')).toBe(401);
      expect(await tryWith(' une poign\u00e9e de caf\u00e9')).toBe(401);
      expect(await tryWith('x'.repeat(16_000))).toBe(401);
    });

    test('renews a hash of an older cost', async () => {
      const email = newAddress();
      const { user } = (await stage.person(email)).body;
      const { query } = stage.auth.context.database;
      const hashOf = async () =>
        (
          await query<{ phc: string }>('SELECT phc FROM password WHERE user_id = $1::uuid', (user as { id: string }).id)
        )[0]?.phc;
      const cheap = stage.auth.context.passwords.hasher.hash(PASSWORD, { memoryKib: 8_192, passes: 1, parallelism: 1 });
      await query('UPDATE password SET phc = $1 WHERE user_id = $2::uuid', await cheap, (user as { id: string }).id);
      expect((await stage.post('login', { email, password: OTHER })).status).toBe(401);
      expect(await hashOf()).toMatch(/m=8192,t=1/);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
      expect(await hashOf()).toMatch(/m=19456,t=2/);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
    });
  });

  describe('the session', () => {
    test('is refreshed, and ends by logging out', async () => {
      const person = await stage.person();
      const next = await stage.post('refresh', { refresh_token: person.body['refresh_token'] });
      expect(next.status).toBe(200);
      expect(next.body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 900,
        global_access_token: next.body['access_token'],
      });
      const out = await stage.as(person, 'POST', '/platform/api/global/auth/logout');
      expect([out.status, out.body]).toEqual([204, {}]);
      expect((await introspect(stage.auth, String(next.body['access_token']))).body).toEqual({ active: false });
      expect((await refresh(stage.auth, String(next.body['refresh_token']))).status).toBe(401);
      expect(outcome(await stage.post('refresh', { refresh_token: 'rt_nonsense' }))).toEqual([
        401,
        'auth.refresh_invalid',
      ]);
    });

    test('that the old password opens a moment after it was changed does not outlive it', async () => {
      const email = newAddress();
      const { id } = (await stage.person(email)).body['user'] as { id: string };
      const { database } = stage.auth.context;
      const [login] = await queueBehind(
        database,
        // What a change does: it holds the account, puts another password in place, and ends the sessions that there are.
        ({ prisma }) => prisma.$queryRaw`
        WITH held AS MATERIALIZED (SELECT user_id FROM account WHERE user_id = ${id}::uuid FOR NO KEY UPDATE)
        UPDATE password SET revision = gen_random_uuid() WHERE user_id = (SELECT user_id FROM held) RETURNING user_id`,
        () => [stage.post('login', { email, password: PASSWORD })],
      );
      expect(login).toMatchObject({ status: 'fulfilled', value: { status: 401 } });
      const live = await database.query(
        'SELECT 1 AS row FROM session WHERE user_id = $1::uuid AND ended_at IS NULL',
        id,
      );
      expect(live).toHaveLength(1);
    });

    test('that a password opened while it was changed does not outlive the change', async () => {
      const email = newAddress();
      const person = await stage.person(email);
      const { id } = person.body['user'] as { id: string };
      const logins = Array.from({ length: 8 }, () => stage.post('login', { email, password: PASSWORD }));
      await stage.as(person, 'PUT', '/platform/api/global/auth/password', {
        current_password: PASSWORD,
        new_password: OTHER,
      });
      await Promise.all(logins);
      const live = await stage.auth.context.database.query(
        'SELECT 1 AS row FROM session WHERE user_id = $1::uuid AND ended_at IS NULL',
        id,
      );
      expect(live).toHaveLength(1);
    });
  });
}
