import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

/** Calls that cost fractions of a credit, held and charged to the micro-credit. */

let credits: Credits;
let database: ReturnType<typeof openTestDatabase>;
beforeAll(async () => {
  credits = await startCredits();
  database = openTestDatabase(credits.database);
});
afterEach(() => expectInvariantsHold(database));
afterAll(async () => {
  await database.close();
  await credits.stop();
});

const hold = (user: string, amount_micro: string, more: object = {}): Promise<Answer> =>
  credits.send('POST', '/internal/credits/reservations', {
    user_id: user,
    amount_micro,
    transaction_type: 'llm',
    idempotency_key: uuidv7(),
    ...more,
  });

test('a hold and a settlement of fractions are exact, and the history names what they were for', async () => {
  const user = await credits.userWith(1);
  const held = await hold(user, '900');
  expect([held.status, held.body]).toMatchObject([
    201,
    { amount: 1, amount_micro: '900', balance_after: 0, balance_after_micro: '999100' },
  ]);
  expect((await credits.settle(held.body['reservation_id'], { amount_micro: '899' })).body).toMatchObject({
    charged: 1,
    charged_micro: '899',
    balance_after_micro: '999101',
  });
  expect((await credits.get(user, '/api/v1/credits/history')).body).toMatchObject([
    { amount: -1, type: 'llm', description: 'Language model' },
    { type: 'signup_bonus' },
  ]);
});

test('twenty fractions cost their sum', async () => {
  const user = await credits.userWith(1);
  for (let call = 0; call < 20; call += 1) {
    const held = await hold(user, '50000');
    await credits.settle(held.body['reservation_id'], { amount_micro: '12345' });
  }
  expect((await hold(user, '753101')).status).toBe(402);
  expect((await hold(user, '753100')).status).toBe(201);
});

test('what turned out dearer than its hold takes what is free, then makes debt', async () => {
  const user = await credits.userWith(1);
  const held = await hold(user, '400000');
  expect((await credits.settle(held.body['reservation_id'], { amount_micro: '1000001' })).body).toMatchObject({
    charged_micro: '1000001',
    balance_after_micro: '0',
  });
  expect((await hold(user, '1')).body).toMatchObject({ status: 402, cost_micro: '1', balance_micro: '0' });
});

test('a refusal says in micro-credits what was asked and what there is', async () => {
  const user = await credits.userWith(1);
  expect((await hold(user, '1000001')).body).toMatchObject({
    status: 402,
    cost: 2,
    balance: 1,
    cost_micro: '1000001',
    balance_micro: '1000000',
  });
});

test('the same key with another amount is another request', async () => {
  const user = await credits.userWith(1);
  const idempotency_key = uuidv7();
  const first = await hold(user, '10', { idempotency_key });
  expect((await hold(user, '10', { idempotency_key })).body).toEqual(first.body);
  expect((await hold(user, '11', { idempotency_key })).status).toBe(409);
});
