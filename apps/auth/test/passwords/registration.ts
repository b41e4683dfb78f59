import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { asService, call, introspect, withAuth } from '../harness.ts';
import { newAddress, outcome, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function registrationTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  /** A code that is not this one. */
  const wrong = (code: string, by: number) => String((Number(code) + by) % 1_000_000).padStart(6, '0');

  describe('signing up with an address and a password', () => {
    test('makes no account before the code, and one with that id and those names after it', async () => {
      const email = newAddress();
      const signUp = await stage.post('register', {
        email: email.toUpperCase(),
        password: PASSWORD,
        first_name: ' Ada ',
        last_name: '',
      });
      expect(signUp.status).toBe(201);
      expect(signUp.headers.get('cache-control')).toBe('no-store');
      expect(signUp.body).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        email,
        first_name: 'Ada',
        last_name: null,
        created_at: expect.stringMatching(/Z$/),
        verification_required: true,
      });
      expect(outcome(await stage.post('login', { email, password: PASSWORD }))).toEqual([
        401,
        'auth.credential_invalid',
      ]);

      const { id } = signUp.body;
      const code = await stage.mailbox.codeFor(email);
      const verified = await stage.post('verify-email', { id, code });
      expect(verified.status).toBe(200);
      expect(verified.body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 900,
        global_access_token: verified.body['access_token'],
        user: { id, email, first_name: 'Ada', last_name: null, email_verified: true, is_platform_admin: false },
        tenants: [],
      });
      expect((await introspect(stage.auth, String(verified.body['access_token']))).body).toMatchObject({
        active: true,
        sub: id,
      });
      const profile = await stage.as(verified, 'GET', '/platform/api/global/auth/me');
      expect(profile.body).toMatchObject({ id, email, has_password: true, email_verified: true });
      expect((await stage.post('login', { email, password: PASSWORD })).body).toMatchObject({ user: { id } });
    });

    test('the code works once, and not without the id that was given for it', async () => {
      const [email, other] = [newAddress(), newAddress()];
      const { id } = (await stage.post('register', { email, password: PASSWORD })).body;
      const { id: otherId } = (await stage.post('register', { email: other, password: PASSWORD })).body;
      const code = await stage.mailbox.codeFor(email);
      expect(outcome(await stage.post('verify-email', { id: otherId, code }))).toEqual([401, 'auth.code_invalid']);
      expect((await stage.post('verify-email', { id, code })).status).toBe(200);
      expect(outcome(await stage.post('verify-email', { id, code }))).toEqual([401, 'auth.code_invalid']);
    });

    test('five wrong codes burn it', async () => {
      const email = newAddress();
      const { id } = (await stage.post('register', { email, password: PASSWORD })).body;
      const code = await stage.mailbox.codeFor(email);
      for (let by = 1; by <= 5; by += 1)
        expect((await stage.post('verify-email', { id, code: wrong(code, by) })).status).toBe(401);
      expect(outcome(await stage.post('verify-email', { id, code }))).toEqual([401, 'auth.code_invalid']);
    });

    test('signing up again replaces the first try, and its code', async () => {
      const email = newAddress();
      const first = await stage.post('register', { email, password: PASSWORD });
      const oldCode = await stage.mailbox.codeFor(email);
      expect(outcome(await stage.post('register', { email, password: PASSWORD }))).toEqual([
        429,
        'rate_limit.exceeded',
      ]);
      await stage.minutePasses();
      const second = await stage.post('register', { email, password: `${PASSWORD} again` });
      const code = await stage.mailbox.codeFor(email, 2);
      expect((await stage.post('verify-email', { id: first.body['id'], code: oldCode })).status).toBe(401);
      expect((await stage.post('verify-email', { id: second.body['id'], code })).status).toBe(200);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(401);
      expect((await stage.post('login', { email, password: `${PASSWORD} again` })).status).toBe(200);
    });

    test('the mail of an address that has an account says so, in text as well, and holds no code', async () => {
      const email = newAddress();
      await stage.person(email);
      await stage.minutePasses();
      const again = await stage.post('register', { email, password: PASSWORD, first_name: 'Visit evil.example' });
      expect(again.status).toBe(201);
      const mail = await stage.mailTo(email, 2);
      expect(mail).toContain('You already have an account');
      expect(mail).toContain('Content-Type: text/plain');
      expect(mail).not.toMatch(/\b\d{6}\b/);
      expect(mail).not.toContain('evil');
    });
  });

  describe('what is refused', () => {
    test.each([
      ['short', 'too_short'],
      ['x'.repeat(200), 'too_long'],
      ['qwertyuiop12345', 'common'],
    ])('the password %j: %s', async (password, reason) => {
      const answer = await stage.post('register', { email: newAddress(), password });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({
        code: 'auth.password_rejected',
        reason,
        errors: [{ path: 'body.password', message: expect.any(String) }],
      });
    });

    test('the own address as a password', async () => {
      const email = newAddress();
      expect((await stage.post('register', { email, password: email })).body).toMatchObject({ reason: 'context' });
    });

    test.each([
      [{ password: PASSWORD }, 'body.email'],
      [{ email: 'nobody', password: PASSWORD }, 'body.email'],
      [{ email: 'a@example.com' }, 'body.password'],
      [{ email: 'a@example.com', password: 'a password with \ud800 half a character' }, 'body.password'],
      [{ email: 'a@example.com', password: PASSWORD, first_name: 'two\nlines' }, 'body.first_name'],
    ])('%j', async (body, path) => {
      const answer = await stage.post('register', body);
      expect(outcome(answer)).toEqual([422, 'request.invalid']);
      expect(answer.body['errors']).toMatchObject([{ path }]);
    });

    test('a sign-up where no mail can be sent', async () => {
      await withAuth(stage.stores, { USERS_URL: stage.users.url, EMAIL_VERIFICATION: 'required' }, async (auth) => {
        const answer = await call(auth, 'POST', '/platform/api/global/auth/register', {
          body: { email: newAddress(), password: PASSWORD },
        });
        expect(outcome(answer)).toEqual([503, 'service.unavailable']);
      });
    });

    test('what a body says of itself beyond the contract', async () => {
      const email = newAddress();
      const claims = {
        is_platform_admin: true,
        email_verified: true,
        tier: 'enterprise',
        status: 'active',
        role: 'owner',
      };
      const { id } = (await stage.post('register', { email, password: PASSWORD, ...claims })).body;
      const code = await stage.mailbox.codeFor(email);
      const verified = await stage.post('verify-email', { id, code, ...claims });
      expect(verified.body['user']).toMatchObject({ is_platform_admin: false });
      expect((await introspect(stage.auth, String(verified.body['access_token']))).body).toMatchObject({
        tier: 'free',
      });
    });
  });

  describe('where addresses need not be proven', () => {
    const off = { EMAIL_VERIFICATION: 'off' };

    test('the account is there at once, unproven, and its address is taken', async () => {
      await withAuth(stage.stores, { ...off, USERS_URL: stage.users.url }, async (auth) => {
        const post = (route: string, body: object) =>
          call(auth, 'POST', `/platform/api/global/auth/${route}`, { body });
        const email = newAddress();
        // The password of the documents' example.
        const signUp = await post('register', { email, password: 'SecurePassword123!', first_name: 'Ada' });
        expect(signUp).toMatchObject({ status: 201, body: { email, first_name: 'Ada', verification_required: false } });
        const login = await post('login', { email, password: 'SecurePassword123!' });
        expect(login).toMatchObject({
          status: 200,
          body: { user: { id: signUp.body['id'], email, first_name: 'Ada', email_verified: false } },
        });
        const again = await post('register', { email, password: PASSWORD });
        expect(again).toMatchObject({
          status: 400,
          body: { code: 'auth.email_taken', detail: 'Email already registered' },
        });
      });
    });

    test('who signed up proves the address with the id and a mailed code, and keeps the account', async () => {
      const email = newAddress();
      const settings = { ...off, USERS_URL: stage.users.url, SMTP_URL: stage.mailbox.url };
      await withAuth(stage.stores, settings, async (auth) => {
        const post = (route: string, body: object) =>
          call(auth, 'POST', `/platform/api/global/auth/${route}`, { body });
        const { id } = (await post('register', { email, password: PASSWORD })).body;
        await post('otp/request', { email });
        const code = await stage.mailbox.codeFor(email);
        expect(outcome(await post('verify-email', { id, code: wrong(code, 1) }))).toEqual([401, 'auth.code_invalid']);
        const proven = await post('verify-email', { id, code });
        expect(proven).toMatchObject({ status: 200, body: { user: { id, email, email_verified: true } } });
        expect(outcome(await post('verify-email', { id, code }))).toEqual([401, 'auth.code_invalid']);
        expect((await post('login', { email, password: PASSWORD })).body).toMatchObject({ user: { id } });
        const profile = await call(stage.users, 'GET', `/internal/users/${String(id)}`, { headers: asService });
        expect(profile.body).toMatchObject({ email, email_verified: true });
      });
      // From now on a code is one more way in to the same account.
      await stage.minutePasses();
      await stage.post('otp/request', { email });
      const code = await stage.mailbox.codeFor(email, 2);
      expect(await stage.post('otp/verify', { email, code })).toMatchObject({ status: 200, body: { user: { email } } });
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
    });

    test('of twenty who sign up with one address at once, one has the account', async () => {
      await withAuth(stage.stores, { ...off, USERS_URL: stage.users.url }, async (auth) => {
        const email = newAddress();
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            call(auth, 'POST', '/platform/api/global/auth/register', {
              body: { email, password: `${PASSWORD} ${index}` },
            }),
          ),
        );
        const taken = answers.filter(({ status }) => status !== 201);
        expect(taken.map(outcome)).toEqual(Array.from({ length: 19 }, () => [400, 'auth.email_taken']));
        const passwords = await auth.context.database.query(
          "SELECT 1 AS row FROM password p JOIN identity i USING (user_id) WHERE i.provider = 'email' AND i.subject = $1",
          email,
        );
        expect(passwords).toHaveLength(1);
      });
    });
  });
}
