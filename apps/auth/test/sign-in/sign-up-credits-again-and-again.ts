import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createTestDatabase,
  freePort,
  startApp,
  waitFor,
  type RunningApp,
  type TestDatabase,
} from '@turnpike/test-kit';
import { decodeAccessToken } from '../decode.ts';
import { dumpDatabase } from '../dump.ts';
import {
  asService,
  asUser,
  call,
  createStores,
  introspect,
  startAuth,
  startAuthProcess,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';
import { startProviders, type StandInProviders } from '../stand-ins/index.ts';

/** Who deletes an account and comes back, or comes by another address of the same mailbox, is the same person. */
export function signUpCreditsAgainAndAgainTests(): void {
  let stores: Stores;
  let databases: TestDatabase[];
  let users: RunningApp;
  let credits: RunningApp;
  let auth: RunningApp;
  let providers: StandInProviders;
  let mailbox: Mailbox;
  /** Beside the process, to read its database. */
  let beside: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    [providers, mailbox] = await Promise.all([startProviders(), startMailbox()]);
    const [usersDatabase, creditsDatabase] = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('credits'),
    ]);
    databases = [usersDatabase, creditsDatabase];
    const ports = { auth: await freePort(), users: await freePort(), credits: await freePort() };
    const env = {
      ...stores.env,
      LOG_LEVEL: 'info',
      AUTH_URL: `http://127.0.0.1:${ports.auth}`,
      USERS_URL: `http://127.0.0.1:${ports.users}`,
      CREDITS_URL: `http://127.0.0.1:${ports.credits}`,
      SWEEP_HOLDS_MS: '200',
    };
    [users, credits] = await Promise.all([
      startApp('users', { ...env, ...usersDatabase.env, USERS_PORT: String(ports.users) }),
      startApp('credits', { ...env, ...creditsDatabase.env, CREDITS_PORT: String(ports.credits) }),
    ]);
    const own = { ...env, ...providers.env, SMTP_URL: mailbox.url, CODES_PER_CLIENT_PER_HOUR: '1000' };
    auth = await startAuthProcess({ ...own, AUTH_PORT: String(ports.auth) });
    beside = await startAuth(stores);
  });

  afterAll(async () => {
    await beside.close();
    await Promise.all([auth.stop(), users.stop(), credits.stop()]);
    await Promise.all([providers.close(), mailbox.close(), ...databases.map((database) => database.drop())]);
    await stores.database.drop();
  });

  beforeEach(() => {
    providers.apple.person = { sub: randomUUID(), email: `${randomUUID()}@example.com`, email_verified: 'true' };
    providers.google.person = { sub: randomUUID(), email: `${randomUUID()}@example.com`, email_verified: true };
    const emails = [{ email: `${randomUUID()}@example.com`, primary: true, verified: true }];
    providers.github.person = { id: randomInt(1, 2 ** 40), login: 'x', emails };
  });

  const apple = (claims: object = {}) =>
    call(auth, 'POST', '/api/v1/auth/apple', { body: { identity_token: providers.apple.sign({ ...claims }) } });
  const google = (claims: object = {}) =>
    call(auth, 'POST', '/api/v1/auth/google', { body: { id_token: providers.google.sign({ ...claims }) } });
  const github = () =>
    call(auth, 'POST', '/api/v1/auth/github', { body: { access_token: providers.github.issueToken() } });

  async function byCode(email: string, mailsMin = 1): Promise<Answer> {
    const sent = await call(auth, 'POST', '/auth/verification/send-code', { body: { email } });
    expect(sent.status).toBe(202);
    const code = await mailbox.codeFor(email, mailsMin);
    return call(auth, 'POST', '/auth/verification/verify-code', { body: { email, code } });
  }

  function sessionOf(answer: Answer): { sub: string; sid: string } {
    expect(answer).toMatchObject({ status: 200 });
    const data = (answer.body['data'] ?? answer.body) as Answer['body'];
    return decodeAccessToken(String(data['access_token'])).payload;
  }

  async function as(answer: Answer, method: string, path: string, body?: object): Promise<Answer> {
    const { sub, sid } = sessionOf(answer);
    const done = await call(auth, method, path, { headers: asUser(method, path, sub, sid), ...(body && { body }) });
    expect(done).toMatchObject({ status: 200 });
    return done;
  }

  const deleteMe = (answer: Answer) => as(answer, 'DELETE', '/api/v1/auth/me');
  const askCredits = (method: string, path: string, body?: object) =>
    call(credits, method, path, { headers: asService, ...(body && { body }) });

  /** What a user was ever granted. */
  async function earned(answer: Answer): Promise<unknown> {
    const { body } = await askCredits('GET', `/internal/credits/balance?user_id=${sessionOf(answer).sub}`);
    return body['lifetime_earned'];
  }

  /** Whose limits a session counts against. */
  async function limitSubject(answer: Answer): Promise<unknown> {
    const { body } = await introspect(auth, String(answer.body['access_token']));
    expect(body['limit_subject']).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
    return body['limit_subject'];
  }

  describe('the same person after deleting the account', () => {
    test('is a new user without new credits, and counts against the same limits', async () => {
      const first = await google();
      expect(await earned(first)).toBe(50);
      const subject = await limitSubject(first);
      await deleteMe(first);
      for (let round = 0; round < 2; round += 1) {
        const again = await google();
        expect(sessionOf(again).sub).not.toBe(sessionOf(first).sub);
        expect([await earned(again), await limitSubject(again)]).toEqual([0, subject]);
        await deleteMe(again);
      }
    });

    test('is recognised by any identity that the account had', async () => {
      const first = await google();
      await as(first, 'POST', '/api/v1/auth/identities/github', { access_token: providers.github.issueToken() });
      await deleteMe(first);
      expect(await earned(await github())).toBe(0);
    });

    test('is recognised by the mailbox at another provider', async () => {
      await deleteMe(await google());
      expect(await earned(await apple({ email: String(providers.google.person['email']).toUpperCase() }))).toBe(0);
    });

    test('20 times at the same moment: one account, nothing granted', async () => {
      await deleteMe(await google());
      const again = await Promise.all(Array.from({ length: 20 }, () => google()));
      expect(new Set(again.map((answer) => sessionOf(answer).sub)).size).toBe(1);
      expect(await earned(again[0] as Answer)).toBe(0);
    });

    test('still owes what they owed', async () => {
      const first = await google();
      const { sub } = sessionOf(first);
      const hold = await askCredits('POST', '/internal/credits/reservations', {
        user_id: sub,
        amount: 50,
        idempotency_key: randomUUID(),
      });
      const settled = `/internal/credits/reservations/${String(hold.body['reservation_id'])}/settle`;
      expect((await askCredits('POST', settled, { amount: 57 })).status).toBe(200);
      await deleteMe(first);
      const again = sessionOf(await google()).sub;
      const grant = { user_id: again, amount: 10, source: 'test', source_ref: again, transaction_type: 'adjustment' };
      await askCredits('POST', '/internal/credits/grants', grant);
      await waitFor(
        async () => (await askCredits('GET', `/internal/credits/balance?user_id=${again}`)).body['balance'] === 3,
      );
    });
  });

  describe('without deleting anything', () => {
    test('a removed identity opens an account of its own, without new credits', async () => {
      const first = await google();
      await as(first, 'POST', '/api/v1/auth/identities/github', { access_token: providers.github.issueToken() });
      await as(first, 'DELETE', '/api/v1/auth/identities/google');
      const second = await google();
      expect(sessionOf(second).sub).not.toBe(sessionOf(first).sub);
      expect(await earned(second)).toBe(0);
    });

    test('another tag of the mailbox is another account, without new credits', async () => {
      const word = randomUUID();
      expect(await earned(await byCode(`${word}@example.com`))).toBe(50);
      const tagged = await byCode(`${word}+again@example.com`);
      expect(await earned(tagged)).toBe(0);
      await deleteMe(tagged);
      expect(await earned(await byCode(`${word}+once.more@example.com`))).toBe(0);
    });

    test('ten tags at the same moment are granted the credits once together', async () => {
      const word = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_value, tag) => byCode(`${word}+${tag}@example.com`)),
      );
      expect(new Set(answers.map((answer) => sessionOf(answer).sub)).size).toBe(10);
      const amounts = await Promise.all(answers.map(earned));
      expect(amounts.map(Number).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 50]);
    });
  });

  describe('somebody else', () => {
    test('who names an address without proving it costs its owner nothing', async () => {
      const email = String(providers.google.person['email']);
      expect(await earned(await apple({ email, email_verified: 'false' }))).toBe(50);
      expect(await earned(await google())).toBe(50);
    });

    test('with another subject and mailbox is new', async () => {
      await deleteMe(await google());
      const other = await google({ sub: randomUUID(), email: `${randomUUID()}@example.com` });
      expect(await earned(other)).toBe(50);
    });
  });

  test('what is remembered says nothing of the person, and nothing leads to it from the user id that stays', async () => {
    const first = await google();
    const { sub: userId } = sessionOf(first);
    const { sub } = providers.google.person;
    const word = String(providers.google.person['email']).split('@')[0] ?? '';
    const { query } = beside.context.database;
    const subject = await limitSubject(first);
    await deleteMe(first);
    const dump = await dumpDatabase(query);
    for (const trace of [word, sub]) expect(dump).not.toContain(trace);
    expect(dump).toContain(String(subject));
    expect(await query('SELECT lineage_id FROM account WHERE user_id = $1::uuid', userId)).toEqual([
      { lineage_id: expect.not.stringMatching(String(subject)) },
    ]);
  });
}
