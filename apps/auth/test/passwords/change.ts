import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { introspect, refresh, type Answer } from '../harness.ts';
import { newAddress, OTHER, outcome, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function changeTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  const change = (tokens: Answer, body: object) => stage.as(tokens, 'PUT', '/platform/api/global/auth/password', body);
  const isLive = async (tokens: Answer) =>
    (await introspect(stage.auth, String(tokens.body['access_token']))).body['active'];

  /** An account without a password, signed in by a mailed code. */
  async function withoutPassword(email: string): Promise<Answer> {
    await stage.post('otp/request', { email });
    return stage.post('otp/verify', { email, code: await stage.mailbox.codeFor(email) });
  }

  async function ageSession(tokens: Answer, minutes: number): Promise<void> {
    const { user } = tokens.body as { user: { id: string } };
    await stage.auth.context.database.query(
      "UPDATE session SET created_at = created_at - $1::int * interval '1 minute' WHERE user_id = $2::uuid",
      minutes,
      user.id,
    );
  }

  test('a changed password ends the other sessions, and this one lives on with its tokens', async () => {
    const email = newAddress();
    const own = await stage.person(email);
    const others = [
      await stage.post('login', { email, password: PASSWORD }),
      await stage.post('login', { email, password: PASSWORD }),
    ];
    const changed = await change(own, { current_password: PASSWORD, new_password: OTHER });
    expect(changed).toMatchObject({ status: 200, body: { message: 'Password changed', sessions_ended: 2 } });
    for (const other of others) {
      expect(await isLive(other)).toBe(false);
      expect((await refresh(stage.auth, String(other.body['refresh_token']))).status).toBe(401);
    }
    expect(await isLive(own)).toBe(true);
    expect((await refresh(stage.auth, String(own.body['refresh_token']))).status).toBe(200);
    expect((await stage.post('login', { email, password: OTHER })).status).toBe(200);
    expect(await stage.mailTo(email, 2)).toContain('was changed');
  });

  test('a wrong present password is 422 on its field, and counts as a failed sign-in', async () => {
    const email = newAddress();
    const own = await stage.person(email);
    for (let count = 0; count < 10; count += 1) {
      const refused = await change(own, { current_password: OTHER, new_password: `${OTHER} ${count}` });
      expect(outcome(refused)).toEqual([422, 'request.invalid']);
      expect(refused.body['errors']).toEqual([{ path: 'body.current_password', message: 'Wrong password' }]);
      expect(refused.body['detail']).toBe('body.current_password: Wrong password');
    }
    const body = { current_password: PASSWORD, new_password: OTHER };
    const limited = await change(own, body);
    expect(outcome(limited)).toEqual([429, 'rate_limit.exceeded']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(800);
    expect(await isLive(own)).toBe(true);
  });

  test('the present password cannot be left out, and a weak new one changes nothing', async () => {
    const email = newAddress();
    const own = await stage.person(email);
    expect((await change(own, { new_password: OTHER })).body['errors']).toMatchObject([
      { path: 'body.current_password' },
    ]);
    const weak = await change(own, { current_password: PASSWORD, new_password: 'short' });
    expect(weak).toMatchObject({ status: 422, body: { code: 'auth.password_rejected', reason: 'too_short' } });
    expect(weak.body['errors']).toMatchObject([{ path: 'body.new_password' }]);
    expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
  });

  test('a first password needs a fresh session, or a mailed code', async () => {
    const email = newAddress();
    const own = await withoutPassword(email);
    expect((await stage.as(own, 'GET', '/platform/api/global/auth/me')).body).toMatchObject({ has_password: false });
    await ageSession(own, 11);
    const stale = await change(own, { new_password: PASSWORD });
    expect(outcome(stale)).toEqual([403, 'auth.reauthentication_required']);
    await stage.minutePasses();
    await stage.post('otp/request', { email });
    const code = await stage.mailbox.codeFor(email, 2);
    const wrong = await change(own, { new_password: PASSWORD, code: code === '000000' ? '000001' : '000000' });
    expect(outcome(wrong)).toEqual([422, 'request.invalid']);
    expect((await change(own, { new_password: 'short', code })).status).toBe(422);
    expect((await change(own, { new_password: PASSWORD, code })).status).toBe(200);
    expect((await stage.as(own, 'GET', '/platform/api/global/auth/me')).body).toMatchObject({ has_password: true });
    expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);

    const fresh = await withoutPassword(newAddress());
    expect((await change(fresh, { new_password: PASSWORD })).status).toBe(200);
  });

  test('of ten changes at once one happens', async () => {
    const own = await stage.person();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        change(own, { current_password: PASSWORD, new_password: `${OTHER} ${index}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect([409, 422]).toContain(answer.status);
  });

  test('a password goes with the address that it signs in with', async () => {
    const email = newAddress();
    const own = await stage.person(email);
    const { id } = own.body['user'] as { id: string };
    const { query } = stage.auth.context.database;
    await query(
      "INSERT INTO identity (id, user_id, provider, subject) VALUES (gen_random_uuid(), $1::uuid, 'github', $2)",
      id,
      email,
    );
    await query("SELECT identity_unlink($1::uuid, 'email', ARRAY['github', 'email'])", id);
    expect(await query('SELECT 1 AS row FROM password WHERE user_id = $1::uuid', id)).toEqual([]);
    expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(401);
  });
}
