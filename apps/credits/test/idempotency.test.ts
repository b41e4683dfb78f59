import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { onBehalfOf, startCredits, type Answer, type Credits } from './start-credits.ts';

let credits: Credits;
beforeAll(async () => {
  credits = await startCredits();
});
afterAll(() => credits.stop());

const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });
const replayed = (answer: Answer): boolean => answer.headers.get('idempotency-replayed') === 'true';

/** Each command that moves credits: how to ask for it, and how to ask for something else under the same key. */
const COMMANDS: [string, (user: string) => Promise<{ path: string; body: object; other: object; moved: number }>][] = [
  [
    'a charge',
    async (user) => ({
      path: '/internal/credits/spend',
      body: { user_id: user, cost: 5 },
      other: { user_id: user, cost: 6 },
      moved: -5,
    }),
  ],
  [
    'a grant',
    async (user) => {
      const grant = { user_id: user, amount: 5, source: 'test', source_ref: uuidv7(), transaction_type: 'adjustment' };
      return { path: '/internal/credits/grants', body: grant, other: { ...grant, source_ref: uuidv7() }, moved: 5 };
    },
  ],
  [
    'a hold',
    async (user) => {
      const hold = { user_id: user, amount: 5, idempotency_key: uuidv7() };
      return {
        path: '/internal/credits/reservations',
        body: hold,
        other: { ...hold, idempotency_key: uuidv7() },
        moved: -5,
      };
    },
  ],
  [
    'a settlement',
    async (user) => {
      const { body } = await credits.reserve(user, 5);
      return {
        path: `/internal/credits/reservations/${String(body['reservation_id'])}/settle`,
        body: { amount: 2 },
        other: { amount: 3 },
        moved: -2,
      };
    },
  ],
  [
    'a release',
    async (user) => {
      const { body } = await credits.reserve(user, 5);
      return {
        path: `/internal/credits/reservations/${String(body['reservation_id'])}/release`,
        body: {},
        other: { user_id: user },
        moved: 0,
      };
    },
  ],
];

describe.each(COMMANDS)('Idempotency-Key on %s', (_name, make) => {
  test('the same request again: the first answer, marked, and nothing moves twice', async () => {
    const user = await credits.userWith(50);
    const { path, body, moved } = await make(user);
    const key = uuidv7();
    const first = await credits.send('POST', path, body, keyed(key));
    const again = await credits.send('POST', path, body, keyed(key));
    expect([first.status < 300, replayed(first), replayed(again)]).toEqual([true, false, true]);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await credits.balance(user)).toBe(50 + moved);
  });

  test('another request under the key: 409, and nothing moves', async () => {
    const user = await credits.userWith(50);
    const { path, body, other, moved } = await make(user);
    const key = uuidv7();
    await credits.send('POST', path, body, keyed(key));
    const answer = await credits.send('POST', path, other, keyed(key));
    expect([answer.status, answer.body['code']]).toEqual([409, 'idempotency.conflict']);
    expect(await credits.balance(user)).toBe(50 + moved);
  });

  test('20 at once: each is the first answer or told to come back, and it moves once', async () => {
    const user = await credits.userWith(50);
    const { path, body, moved } = await make(user);
    const key = uuidv7();
    const answers = await Promise.all(Array.from({ length: 20 }, () => credits.send('POST', path, body, keyed(key))));
    const given = answers.filter((answer) => answer.status < 300);
    expect(given.filter((answer) => !replayed(answer))).toHaveLength(1);
    expect(new Set(given.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status >= 300)) {
      expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([
        409,
        'idempotency.conflict',
        '1',
      ]);
    }
    expect(await credits.balance(user)).toBe(50 + moved);
  });
});

describe('keys', () => {
  test('of another route: the request is another one, so 409', async () => {
    const user = await credits.userWith(50);
    const key = uuidv7();
    await credits.send('POST', '/internal/credits/spend', { user_id: user, cost: 5 }, keyed(key));
    const grant = { user_id: user, amount: 5, source: 'test', source_ref: uuidv7(), transaction_type: 'adjustment' };
    expect((await credits.send('POST', '/internal/credits/grants', grant, keyed(key))).status).toBe(409);
  });

  test('of another caller are other keys', async () => {
    const user = await credits.userWith(50);
    const key = uuidv7();
    const body = { user_id: user, cost: 5 };
    await credits.send('POST', '/internal/credits/spend', body, keyed(key));
    const other = await credits.send('POST', '/internal/credits/spend', body, {
      ...keyed(key),
      ...onBehalfOf('billing', 'POST', '/internal/credits/spend'),
    });
    expect([other.status, replayed(other)]).toEqual([200, false]);
    expect(await credits.balance(user)).toBe(40);
  });

  test('a refusal is decided anew when the request is repeated', async () => {
    const user = await credits.userWith(3);
    const key = uuidv7();
    const body = { user_id: user, cost: 5 };
    expect((await credits.send('POST', '/internal/credits/spend', body, keyed(key))).body['success']).toBe(false);
    await credits.grant(user, 10);
    const again = await credits.send('POST', '/internal/credits/spend', body, keyed(key));
    expect([again.body['success'], replayed(again)]).toEqual([true, false]);
  });

  test('past 255 characters: 422', async () => {
    const user = await credits.userWith(3);
    expect(
      (await credits.send('POST', '/internal/credits/spend', { user_id: user, cost: 1 }, keyed('k'.repeat(256))))
        .status,
    ).toBe(422);
  });
});
