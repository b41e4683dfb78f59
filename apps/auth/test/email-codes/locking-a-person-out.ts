import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startAuthWithMail } from '../account-harness.ts';
import {
  call,
  createStores,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';

/** Whoever knows an address must not be able to keep its owner out by asking for codes, or by giving wrong ones. */
export function lockingAPersonOutTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let mailbox: Mailbox;
  let auth: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    [users, mailbox] = await Promise.all([startUsers(stores), startMailbox()]);
    auth = await startAuthWithMail(stores, { USERS_URL: users.url, SMTP_URL: mailbox.url });
  });

  afterAll(async () => {
    await auth.close();
    await users.stop();
    await mailbox.close();
    await stores.database.drop();
  });

  const HOME = '192.0.2.1';
  const ATTACKER = '198.51.100.1';
  /** One of many networks of an attacker. */
  const attackers = (n: number): string => `203.0.113.${n}`;

  let email: string;
  let people = 0;
  let mails: number;
  beforeEach(async () => {
    people += 1;
    email = `victim-${people}@example.com`;
    mails = 0;
    await auth.context.database.query('DELETE FROM verification_window');
  });

  const post = (path: string, client: string, body: object): Promise<Answer> =>
    call(auth, 'POST', path, { body, headers: { 'x-forwarded-for': client } });
  const ask = (client: string) => post('/auth/verification/send-code', client, { email });
  const give = (code: string, client: string) => post('/auth/verification/verify-code', client, { email, code });
  const wrong = (code: string, by: number) => String((Number(code) + by) % 1_000_000).padStart(6, '0');

  /** Asks, and reads the mail. */
  async function codeFor(client: string): Promise<string> {
    expect((await ask(client)).status).toBe(202);
    mails += 1;
    return mailbox.codeFor(email, mails);
  }

  async function signIn(client: string): Promise<void> {
    expect((await give(await codeFor(client), client)).status).toBe(200);
  }

  async function passTime(seconds: number): Promise<void> {
    await auth.context.database.query(
      "UPDATE verification_window SET ends_at = ends_at - $1::int * interval '1 second'",
      seconds,
    );
  }

  describe('wrong codes from another network', () => {
    test('do not burn the code of the network that asked for it', async () => {
      const code = await codeFor(HOME);
      for (let by = 1; by <= 60; by += 1) expect((await give(wrong(code, by), ATTACKER)).status).toBe(401);
      expect((await give(code, HOME)).status).toBe(200);
    });

    test('from any number of networks do not either, and are three guesses in all', async () => {
      const code = await codeFor(HOME);
      for (let n = 1; n <= 3; n += 1) expect((await give(wrong(code, n), attackers(n))).status).toBe(401);
      expect((await give(code, attackers(4))).status).toBe(401);
      expect((await give(code, HOME)).status).toBe(200);
    });

    test('are counted exactly when 50 come at once', async () => {
      const code = await codeFor(HOME);
      const guesses = Array.from({ length: 50 }, (_value, n) => give(wrong(code, n + 1), attackers(n)));
      expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]));
      const rows = await auth.context.database.query(
        'SELECT wrong_tries, foreign_tries FROM verification_code ORDER BY created_at DESC LIMIT 1',
      );
      expect(rows).toEqual([{ wrong_tries: 0, foreign_tries: 3 }]);
      expect((await give(code, HOME)).status).toBe(200);
    });

    test("five from the network that asked burn its own code, and nobody else's", async () => {
      const code = await codeFor(HOME);
      const theirs = await codeFor(ATTACKER);
      for (let by = 1; by <= 5; by += 1) await give(wrong(theirs, by), ATTACKER);
      expect((await give(theirs, ATTACKER)).status).toBe(401);
      expect((await give(code, HOME)).status).toBe(200);
    });
  });

  describe('asking for codes from another network', () => {
    test('neither uses up the minute nor replaces the code', async () => {
      expect((await ask(ATTACKER)).status).toBe(202);
      mails += 1;
      const code = await codeFor(HOME);
      await passTime(60);
      expect((await ask(ATTACKER)).status).toBe(202);
      expect((await give(code, HOME)).status).toBe(200);
    });

    test('sixty times an hour does not keep a new person out', async () => {
      for (let minute = 0; minute < 60; minute += 1) {
        await ask(ATTACKER);
        await auth.context.database.query(
          "UPDATE verification_window SET ends_at = ends_at - interval '60 seconds' WHERE bucket LIKE 'recipient-minute:%'",
        );
      }
      expect((await ask(HOME)).status).toBe(202);
    });

    test('from any number of networks does not keep out a network that signed in before', async () => {
      await signIn(HOME);
      await passTime(3_600);
      for (let n = 1; n <= 60; n += 1) await ask(attackers(n));
      expect((await ask(attackers(61))).status).toBe(429);
      const answer = await ask(HOME);
      expect(answer.status).toBe(202);
    });

    test('a network that signed in to another address is a stranger here', async () => {
      await signIn(HOME);
      people += 1;
      email = `victim-${people}@example.com`;
      await passTime(3_600);
      for (let n = 1; n <= 60; n += 1) await ask(attackers(n));
      expect((await ask(HOME)).status).toBe(429);
    });

    test('a network that signed in longer ago than 90 days is a stranger again', async () => {
      await signIn(HOME);
      await auth.context.database.query("UPDATE known_network SET signed_in_at = signed_in_at - interval '91 days'");
      await passTime(3_600);
      for (let n = 1; n <= 60; n += 1) await ask(attackers(n));
      expect((await ask(HOME)).status).toBe(429);
    });

    test('a known network has limits all the same', async () => {
      await signIn(HOME);
      expect((await ask(HOME)).status).toBe(429);
    });
  });

  describe('a person who changes networks between asking and giving', () => {
    test('signs in from the other one', async () => {
      expect((await give(await codeFor(HOME), '192.0.2.99')).status).toBe(200);
    });

    test('signs in with the code of the newest mail, whoever asked for it', async () => {
      await codeFor(HOME);
      expect((await give(await codeFor(ATTACKER), HOME)).status).toBe(200);
    });

    test('a code works once, from whatever networks it is given at once', async () => {
      const code = await codeFor(HOME);
      const answers = await Promise.all(Array.from({ length: 20 }, (_value, n) => give(code, attackers(n))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });
  });

  test('neither address nor network can be read from what is kept', async () => {
    await signIn(HOME);
    const rows = await auth.context.database.query<{ row: string }>(
      `SELECT t::text AS row FROM known_network t UNION ALL SELECT t::text FROM verification_code t UNION ALL SELECT t::text FROM verification_window t`,
    );
    const text = rows.map(({ row }) => row).join('\n');
    for (const trace of [email, HOME, Buffer.from(email).toString('hex'), Buffer.from(HOME).toString('hex')])
      expect(text).not.toContain(trace);
  });
}
