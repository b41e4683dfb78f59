import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call, type Answer } from '../harness.ts';
import { newAddress, OTHER, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function parallelGuessesBeatTheLimitTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  function counts(answers: readonly Answer[]): Record<string, number> {
    const byStatus = Object.groupBy(answers, ({ status }) => String(status));
    return Object.fromEntries(Object.entries(byStatus).map(([status, list]) => [status, list?.length ?? 0]));
  }

  test.each([true, false])('a hundred wrong passwords at once are ten; the address is known: %p', async (known) => {
    const email = newAddress();
    if (known) await stage.person(email);
    const from = known ? '192.0.2.1' : '192.0.3.1';
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => stage.post('login', { email, password: OTHER }, from)),
    );
    expect(counts(answers)).toEqual({ 401: 10, 429: 90 });
    for (const { headers } of answers.filter(({ status }) => status === 429))
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(800);
    expect((await stage.post('login', { email, password: PASSWORD }, from)).status).toBe(429);
  });

  test('a hundred guesses at a mailed code, at both doors at once, are five', async () => {
    const email = newAddress();
    await stage.post('otp/request', { email });
    const code = await stage.mailbox.codeFor(email);
    const wrong = code === '123456' ? '654321' : '123456';
    const doors = ['/platform/api/global/auth/otp/verify', '/auth/verification/verify-code'];
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        call(stage.auth, 'POST', doors[index % 2] ?? '', { body: { email, code: wrong }, headers }),
      ),
    );
    expect(counts(answers)).toEqual({ 401: 100 });
    expect(
      await stage.auth.context.database.query('SELECT wrong_tries FROM verification_code WHERE wrong_tries > 0'),
    ).toEqual([{ wrong_tries: 5 }]);
    expect((await stage.post('otp/verify', { email, code })).status).toBe(401);
  });
}
