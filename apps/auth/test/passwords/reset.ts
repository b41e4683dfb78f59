import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../harness.ts';
import { askForReset, linkIn } from './links.ts';
import { newAddress, OTHER, outcome, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function resetTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  const forgot = (email: string, mailsMin: number) => askForReset(stage, email, mailsMin);

  const signsIn = async (email: string, password: string) => (await stage.post('login', { email, password })).status;

  describe('choosing a new password', () => {
    test.each(['new_password', 'password'])('with the token of the mail, as %s', async (member) => {
      const email = newAddress();
      await stage.person(email);
      const { token } = await forgot(email, 2);
      const reset = await stage.post('reset-password', { token, [member]: OTHER });
      expect(reset).toMatchObject({ status: 200, body: { message: 'Password changed' } });
      expect(Object.keys(reset.body)).toEqual(['message']);
      expect([await signsIn(email, PASSWORD), await signsIn(email, OTHER)]).toEqual([401, 200]);
    });

    test('with the token as a bearer; two different tokens are refused and use nothing up', async () => {
      const email = newAddress();
      await stage.person(email);
      const { token } = await forgot(email, 2);
      const send = (body: object, bearer = token) =>
        call(stage.auth, 'POST', '/platform/api/global/auth/reset-password', {
          body,
          headers: { authorization: `Bearer ${bearer}` },
        });
      expect(outcome(await send({ token, new_password: OTHER }, 'another'))).toEqual([400, 'auth.ambiguous']);
      expect(outcome(await stage.post('reset-password', { new_password: OTHER }))).toEqual([422, 'request.invalid']);
      expect((await send({ new_password: OTHER })).status).toBe(200);
      expect(await signsIn(email, OTHER)).toBe(200);
      expect(outcome(await send({ new_password: PASSWORD }))).toEqual([401, 'auth.reset_invalid']);
    });

    test('with the code of the mail; then its token is used up as well', async () => {
      const email = newAddress();
      await stage.person(email);
      const { token, code } = await forgot(email, 2);
      expect((await stage.post('reset-password', { email, code, new_password: OTHER })).status).toBe(200);
      expect(await signsIn(email, OTHER)).toBe(200);
      for (const proof of [{ token }, { email, code }]) {
        expect(outcome(await stage.post('reset-password', { ...proof, new_password: PASSWORD }))).toEqual([
          401,
          'auth.reset_invalid',
        ]);
      }
    });

    test('with the token; then its code is used up as well', async () => {
      const email = newAddress();
      await stage.person(email);
      const { token, code } = await forgot(email, 2);
      expect((await stage.post('reset-password', { token, new_password: OTHER })).status).toBe(200);
      expect((await stage.post('reset-password', { email, code, new_password: PASSWORD })).status).toBe(401);
    });

    test('of fifty at once with one token, one does', async () => {
      const email = newAddress();
      await stage.person(email);
      const { token } = await forgot(email, 2);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          stage.post('reset-password', { token, new_password: `${OTHER} ${index}` }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
    });

    test('a newer mail replaces both', async () => {
      const email = newAddress();
      await stage.person(email);
      const old = await forgot(email, 2);
      expect((await stage.post('forgot-password', { email })).status).toBe(429);
      await stage.minutePasses();
      const { token } = await forgot(email, 3);
      expect((await stage.post('reset-password', { token: old.token, new_password: OTHER })).status).toBe(401);
      expect((await stage.post('reset-password', { email, code: old.code, new_password: OTHER })).status).toBe(401);
      expect((await stage.post('reset-password', { token, new_password: OTHER })).status).toBe(200);
    });

    test('neither works once the password was changed otherwise, nor after half an hour', async () => {
      const email = newAddress();
      const person = await stage.person(email);
      const { token, code } = await forgot(email, 2);
      await stage.as(person, 'PUT', '/platform/api/global/auth/password', {
        current_password: PASSWORD,
        new_password: OTHER,
      });
      for (const proof of [{ token }, { email, code }])
        expect((await stage.post('reset-password', { ...proof, new_password: PASSWORD })).status).toBe(401);

      await stage.minutePasses();
      const late = await forgot(email, 4);
      await stage.auth.context.database.query("UPDATE reset_token SET expires_at = expires_at - interval '31 minutes'");
      await stage.auth.context.database.query(
        "UPDATE verification_code SET expires_at = expires_at - interval '31 minutes'",
      );
      for (const proof of [{ token: late.token }, { email, code: late.code }])
        expect((await stage.post('reset-password', { ...proof, new_password: PASSWORD })).status).toBe(401);
    });

    test('is what a bucket full of wrong passwords does not stand in the way of', async () => {
      const email = newAddress();
      await stage.person(email, '203.0.113.9');
      const from = '198.51.100.99';
      for (let count = 0; count < 10; count += 1) await stage.post('login', { email, password: OTHER }, from);
      expect((await stage.post('login', { email, password: PASSWORD }, from)).status).toBe(429);
      const { token } = await forgot(email, 2);
      await stage.post('reset-password', { token, new_password: OTHER });
      expect((await stage.post('login', { email, password: OTHER }, from)).status).toBe(200);
    });

    test('gives an account that has none its first, if its address is proven', async () => {
      const email = newAddress();
      await stage.post('otp/request', { email });
      const code = await stage.mailbox.codeFor(email);
      const { user } = (await stage.post('otp/verify', { email, code })).body;
      const { token } = await forgot(email, 2);
      expect((await stage.post('reset-password', { token, new_password: OTHER })).status).toBe(200);
      expect((await stage.post('login', { email, password: OTHER })).body).toMatchObject({ user });
    });
  });

  describe('what the mails say', () => {
    test('the reset: the link leads to the configured place, whatever host was asked', async () => {
      const email = newAddress();
      await stage.person(email);
      const path = '/platform/api/global/auth/forgot-password';
      const headers = { 'content-type': 'application/json', 'x-forwarded-host': 'evil.example' };
      await fetch(stage.auth.url + path, { method: 'POST', headers, body: JSON.stringify({ email }) });
      const mail = await stage.mailTo(email, 2);
      expect(mail).not.toContain('evil.example');
      expect(mail).not.toContain(new URL(stage.auth.url).host);
      expect(linkIn(mail)).not.toBe('');
    });

    test('the notice: that the password was changed, and which keys still work', async () => {
      const email = newAddress();
      await stage.person(email);
      const { token } = await forgot(email, 2);
      await stage.post('reset-password', { token, new_password: OTHER });
      const notice = await stage.mailTo(email, 3);
      expect(notice).toContain('Subject: Your password for Turnpike was changed');
      expect(notice).toContain('Content-Type: text/plain');
      expect(notice).not.toContain('These API keys');
    });

    test('to an address without an account: nothing', async () => {
      const [stranger, witness] = [newAddress(), newAddress()];
      await stage.person(witness);
      expect((await stage.post('forgot-password', { email: stranger })).status).toBe(200);
      await forgot(witness, 2);
      expect(stage.mailbox.mails.filter(({ to }) => to.includes(stranger))).toEqual([]);
    });
  });

  test.each([
    [{ new_password: OTHER }, 'body.token'],
    [{ email: 'a@example.com', new_password: OTHER }, 'body.token'],
    [{ token: 'x' }, 'body.new_password'],
  ])('what is left out of %j is told', async (body, path) => {
    const answer = await stage.post('reset-password', body);
    expect(outcome(answer)).toEqual([422, 'request.invalid']);
    expect(answer.body['errors']).toContainEqual({ path, message: expect.any(String) });
  });
}
