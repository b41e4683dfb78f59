import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataOf, startAuthWithMail } from '../account-harness.ts';
import {
  call,
  createStores,
  startAuth,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';

export function codesTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let mailbox: Mailbox;
  let auth: AuthInstance;
  let second: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    [users, mailbox] = await Promise.all([startUsers(stores), startMailbox()]);
    const overrides = { USERS_URL: users.url, SMTP_URL: mailbox.url, CODES_PER_CLIENT_PER_HOUR: '1000' };
    auth = await startAuthWithMail(stores, overrides);
    second = await startAuthWithMail(stores, overrides);
  });

  afterAll(async () => {
    await Promise.all([auth.close(), second.close()]);
    await users.stop();
    await mailbox.close();
    await stores.database.drop();
  });

  let addresses = 0;
  function newAddress(): string {
    addresses += 1;
    return `person-${addresses}@example.com`;
  }

  const sendCode = (email: string, instance = auth, headers: Record<string, string> = {}): Promise<Answer> =>
    call(instance, 'POST', '/auth/verification/send-code', { body: { email }, headers });
  const verify = (email: string, code: string, instance = auth): Promise<Answer> =>
    call(instance, 'POST', '/auth/verification/verify-code', { body: { email, code } });

  async function mailedCode(email: string): Promise<string> {
    expect((await sendCode(email)).status).toBe(202);
    return mailbox.codeFor(email);
  }

  /** A code that is not this one. */
  function wrong(code: string, by = 1): string {
    return String((Number(code) + by) % 1_000_000).padStart(6, '0');
  }

  /** Lets time pass for an address: its windows and its code are that much older. */
  async function age(seconds: number): Promise<void> {
    const { query } = auth.context.database;
    await query(
      "UPDATE verification_window SET started_at = started_at - $1::int * interval '1 second', ends_at = ends_at - $1::int * interval '1 second'",
      seconds,
    );
    await query("UPDATE verification_code SET expires_at = expires_at - $1::int * interval '1 second'", seconds);
  }

  const REFUSED = {
    success: false,
    data: null,
    error: { code: 'auth.code_invalid', message: expect.any(String), details: { request_id: expect.any(String) } },
  };

  describe('signing in with a mailed code', () => {
    test('the first sign-in makes a verified user with a default project, the next finds it', async () => {
      const email = newAddress();
      const sent = await sendCode(email.toUpperCase());
      expect(sent.status).toBe(202);
      expect(sent.body).toEqual({ success: true, data: {}, error: null });
      const first = await verify(email, await mailbox.codeFor(email));
      expect(first.status).toBe(200);
      expect(first.headers.get('cache-control')).toBe('no-store');
      expect(first.body).toEqual({
        success: true,
        data: {
          access_token: expect.any(String),
          refresh_token: expect.any(String),
          token_type: 'bearer',
          expires_in: 900,
          user_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
        error: null,
      });
      await age(61);
      await sendCode(email);
      const again = await verify(email, await mailbox.codeFor(email, 2));
      expect(dataOf(again)['user_uuid']).toBe(dataOf(first)['user_uuid']);
      const { query } = auth.context.database;
      expect(
        await query(
          'SELECT provider, subject, email_verified FROM identity WHERE user_id = $1::uuid',
          dataOf(first)['user_uuid'],
        ),
      ).toEqual([{ provider: 'email', subject: email, email_verified: true }]);
      const projects = await query<{ id: string; name: string }>(
        'SELECT id, name FROM project WHERE user_id = $1::uuid',
        dataOf(first)['user_uuid'],
      );
      expect(projects).toEqual([
        { id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/), name: 'Default project' },
      ]);
    });

    test.each([
      // The test's mail server shows international domains in their own script.
      ['r&d+tag@example.com', 'r&d+tag@example.com', 'r&d+tag@example.com'],
      ['Ada@xn--e1afmkfd.xn--p1ai', 'ada@xn--e1afmkfd.xn--p1ai', 'ada@пример.рф'],
      ['ada@münchen.example', 'ada@xn--mnchen-3ya.example', 'ada@münchen.example'],
    ])('%s signs in with what is mailed to %s', async (address, kept, shown) => {
      expect((await sendCode(address)).status).toBe(202);
      const answer = await verify(address, await mailbox.codeFor(shown));
      expect(answer.status).toBe(200);
      const rows = await auth.context.database.query(
        'SELECT subject, email FROM identity WHERE user_id = $1::uuid',
        dataOf(answer)['user_uuid'],
      );
      expect(rows).toEqual([{ subject: kept, email: kept }]);
    });

    test('the mail is plain text and HTML, addressed to one person, without a link that a scanner could open', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      const mail = mailbox.mails.find(({ to }) => to.includes(email));
      expect(mail?.to).toEqual([email]);
      expect(mail?.source).toContain('Content-Type: text/plain');
      expect(mail?.source).toContain('Content-Type: text/html');
      expect(mail?.source).toContain('Auto-Submitted: auto-generated');
      expect(mail?.source).not.toMatch(/href|https?:/i);
      expect(/^Subject: (.*)$/m.exec(mail?.source ?? '')?.[1]).not.toContain(code);
    });

    test.each([
      [{ email: 'nobody' }],
      [{ email: '' }],
      [{}],
      [{ email: 7 }],
      [{ email: `${'a'.repeat(245)}@b.co` }],
      [{ email: 'a@example.com, b@example.com' }],
      [{ email: 'a@example.com\r\nBcc: b@example.com' }],
    ])('an address that is none is 422: %j', async (body) => {
      const answer = await call(auth, 'POST', '/auth/verification/send-code', { body });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({
        success: false,
        data: null,
        error: { code: 'request.invalid', details: { errors: [{ path: 'body.email' }] } },
      });
    });

    test.each(['12345', '1234567', 'abcdef', '', ' 12345', '１２３４５６'])(
      'a code that cannot be one is 422: %j',
      async (code) => {
        expect((await verify(newAddress(), code)).status).toBe(422);
      },
    );
  });

  describe('known and unknown addresses', () => {
    test('are answered alike: status, headers and body', async () => {
      const known = newAddress();
      await verify(known, await mailedCode(known));
      await age(61);
      const shape = (answer: Answer) => ({
        status: answer.status,
        body: answer.body,
        headers: [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
      });
      const [ofKnown, ofUnknown] = [await sendCode(known), await sendCode(newAddress())];
      expect(shape(ofKnown)).toEqual(shape(ofUnknown));
      const [againKnown, wrongUnknown] = [await verify(known, '000000'), await verify(newAddress(), '000000')];
      expect(againKnown.status).toBe(wrongUnknown.status);
      expect(againKnown.body).toEqual(REFUSED);
      expect(wrongUnknown.body).toEqual(REFUSED);
    });

    test('are both mailed a code: the work behind the answer is the same', async () => {
      const [known, unknown] = [newAddress(), newAddress()];
      await verify(known, await mailedCode(known));
      await age(61);
      await Promise.all([sendCode(known), sendCode(unknown)]);
      await Promise.all([mailbox.codeFor(known, 2), mailbox.codeFor(unknown)]);
      const mailsTo = (address: string) => mailbox.mails.filter(({ to }) => to.includes(address)).length;
      expect([mailsTo(known), mailsTo(unknown)]).toEqual([2, 1]);
    });
  });

  describe('a code', () => {
    test('works once, also when it is given 20 times at once', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => verify(email, code, n % 2 === 0 ? auth : second)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    });

    test('is refused after ten minutes', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      await age(601);
      const late = await verify(email, code);
      expect(late.status).toBe(401);
      expect(late.body).toEqual(REFUSED);
    });

    test('of nine minutes ago still works', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      await age(540);
      expect((await verify(email, code)).status).toBe(200);
    });

    test('is burnt by five wrong tries; four leave it good', async () => {
      const [four, five] = [newAddress(), newAddress()];
      const [codeOfFour, codeOfFive] = [await mailedCode(four), await mailedCode(five)];
      for (const by of [1, 2, 3, 4]) {
        expect((await verify(four, wrong(codeOfFour, by))).status).toBe(401);
        expect((await verify(five, wrong(codeOfFive, by))).status).toBe(401);
      }
      expect((await verify(five, wrong(codeOfFive, 5))).status).toBe(401);
      expect((await verify(four, codeOfFour)).status).toBe(200);
      const burnt = await verify(five, codeOfFive);
      expect(burnt.status).toBe(401);
      expect(burnt.body).toEqual(REFUSED);
    });

    test('100 parallel wrong guesses on two instances count exactly five, and the right code comes too late', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => verify(email, wrong(code, n + 1), n % 2 === 0 ? auth : second)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
      const rows = await auth.context.database.query(
        'SELECT wrong_tries, used_at FROM verification_code ORDER BY created_at DESC LIMIT 1',
      );
      expect(rows).toEqual([{ wrong_tries: 5, used_at: null }]);
      expect((await verify(email, code)).status).toBe(401);
    });

    test('is of one address only', async () => {
      const [one, other] = [newAddress(), newAddress()];
      const code = await mailedCode(one);
      await mailedCode(other);
      expect((await verify(other, code)).status).toBe(401);
      expect((await verify(one, code)).status).toBe(200);
    });

    test('is bound to its purpose', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      await auth.context.database.query(
        "UPDATE verification_code SET purpose = 'change_email' WHERE used_at IS NULL AND wrong_tries = 0",
      );
      expect((await verify(email, code)).status).toBe(401);
    });

    test('of a purpose does not fit another even under its row: the purpose is in the keyed hash', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      const purpose = 'change_email' as 'sign_in';
      await auth.context.database.query(
        "UPDATE verification_code SET purpose = 'change_email' WHERE used_at IS NULL AND wrong_tries = 0",
      );
      const used = await auth.context.verification.redeem(
        { purpose, email, code, clientAddress: '127.0.0.1' },
        () => Promise.resolve('used'),
        () => false,
      );
      expect(used).toBeUndefined();
    });

    test('is replaced by a newer one', async () => {
      const email = newAddress();
      const older = await mailedCode(email);
      await age(61);
      await sendCode(email);
      const newer = await mailbox.codeFor(email, 2);
      if (older !== newer) expect((await verify(email, older)).status).toBe(401);
      expect((await verify(email, newer)).status).toBe(200);
    });

    test('is not consumed by a GET', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      const got = await call(auth, 'GET', `/auth/verification/verify-code?email=${email}&code=${code}`);
      expect(got.status).toBe(405);
      expect(got.headers.get('allow')).toBe('POST');
      expect((await verify(email, code)).status).toBe(200);
    });

    test('survives an outage of users: 503, then it works', async () => {
      const email = newAddress();
      const code = await mailedCode(email);
      const cutOff = await startAuth(stores, { USERS_URL: 'http://127.0.0.1:1', SMTP_URL: mailbox.url });
      try {
        expect((await verify(email, code, cutOff)).status).toBe(503);
      } finally {
        await cutOff.close();
      }
      expect((await verify(email, code)).status).toBe(200);
    });
  });
}
