import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitForBlocked } from '../blocked-statements.ts';
import { asService, call, refresh, type Answer } from '../harness.ts';
import { codeOf, exchange, isLive, signIn, startStage, type Stage } from '../stand-ins/browser-stage.ts';
import { Browser } from '../stand-ins/browser.ts';

export function oneTimeCodeReuseTests(): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(() => {
    stage.providers.google.person = { sub: randomUUID() };
  });

  const newCode = async (): Promise<string> => codeOf(await signIn(stage, new Browser(), 'google'));

  describe('a one-time code', () => {
    test('works once; a second use fails and ends the session that the first gave, and no other', async () => {
      const other = await exchange(stage, await newCode());
      const code = await newCode();
      const first = await exchange(stage, code);
      expect(await isLive(stage, first)).toBe(true);
      const second = await exchange(stage, code);
      expect([second.status, second.body['code']]).toEqual([401, 'auth.code_invalid']);
      expect(await isLive(stage, first)).toBe(false);
      expect((await refresh(stage.auth, String(first.body['refresh_token']))).status).toBe(401);
      expect(await isLive(stage, other)).toBe(true);
      expect((await exchange(stage, code)).status).toBe(401);
    });

    test('used 30 times at once never leaves a live session', async () => {
      const code = await newCode();
      const answers = await Promise.all(Array.from({ length: 30 }, () => exchange(stage, code)));
      const given = answers.filter(({ status }) => status === 200);
      expect(given.length).toBe(1);
      expect(answers.filter(({ status }) => status === 401).length).toBe(29);
      for (const tokens of given) expect(await isLive(stage, tokens)).toBe(false);
    });

    test('used twice at the same moment gives one session, and that one ends', async () => {
      const code = await newCode();
      const { database } = stage;
      let answers: Promise<Answer[]> | undefined;
      await database.transaction(async ({ query }) => {
        // Neither use can open its session, and both have begun, when this transaction lets go of the account.
        await query(
          'SELECT 1 AS row FROM account WHERE user_id = (SELECT user_id FROM sign_in_code WHERE session_id IS NULL AND expires_at > now()) FOR UPDATE',
        );
        answers = Promise.all([exchange(stage, code), exchange(stage, code)]);
        await waitForBlocked(database.query, 2);
      });
      const given = (await answers) ?? [];
      expect(given.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
      for (const tokens of given.filter(({ status }) => status === 200))
        expect(await isLive(stage, tokens)).toBe(false);
    });

    test('lives at most 60 seconds', async () => {
      const code = await newCode();
      const rows = await stage.database.query<{ seconds: number }>(
        'SELECT extract(epoch FROM max(expires_at) - clock_timestamp())::float8 AS seconds FROM sign_in_code WHERE session_id IS NULL',
      );
      expect(rows[0]?.seconds).toBeGreaterThan(30);
      expect(rows[0]?.seconds).toBeLessThanOrEqual(60);
      await stage.database.query('UPDATE sign_in_code SET expires_at = clock_timestamp()');
      expect((await exchange(stage, code)).status).toBe(401);
    });

    test.each([
      ['an empty one', '', 422],
      ['a short one', 'x', 401],
      ['a made-up one', 'A'.repeat(43), 401],
      ['a huge one', 'A'.repeat(9_000), 422],
      ['one of other characters', `${'A'.repeat(42)}%`, 401],
    ])('%s is none', async (_name, code, status) => {
      expect((await exchange(stage, code)).status).toBe(status);
    });

    test('is no refresh token, and a refresh token is no code', async () => {
      const code = await newCode();
      expect((await refresh(stage.auth, code)).status).toBe(401);
      const tokens = await exchange(stage, code);
      expect((await exchange(stage, String(tokens.body['refresh_token']))).status).toBe(401);
      expect(await isLive(stage, tokens)).toBe(true);
    });

    test('of an account that was disabled in between gives nothing, until it is enabled again', async () => {
      const code = await newCode();
      const owner = 'SELECT user_id FROM sign_in_code WHERE session_id IS NULL AND expires_at > now()';
      const [row] = await stage.database.query<{ user_id: string }>(owner);
      const setStatus = (status: string) =>
        call(stage.users, 'PUT', `/internal/users/${row?.user_id}/status`, { body: { status }, headers: asService });
      expect((await setStatus('disabled')).status).toBe(200);
      await stage.database.query("UPDATE account SET status = 'disabled' WHERE user_id = $1::uuid", row?.user_id);
      const answer = await exchange(stage, code);
      expect([answer.status, answer.body['code']]).toEqual([403, 'auth.forbidden']);
      expect((await setStatus('active')).status).toBe(200);
      expect((await exchange(stage, code)).status).toBe(200);
    });
  });
}
