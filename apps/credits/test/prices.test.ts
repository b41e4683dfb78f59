import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { startApp } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { callsOf, startCredits, type Answer, type Credits } from './start-credits.ts';

let credits: Credits;
let folder: string;
let admin: Record<string, string>;
beforeAll(async () => {
  credits = await startCredits();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-prices-'));
  admin = { 'x-admin-key': String(credits.env['ADMIN_API_KEY']) };
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await credits.stop();
});

const costs = async (url = credits.app.url): Promise<unknown> =>
  (await callsOf(url).send('GET', '/api/v1/credits/costs')).body['costs'];
const setCost = (operation: string, cost: unknown): Promise<Answer> =>
  credits.send('PUT', `/api/v1/credits/admin/costs/${operation}`, { cost }, admin);
const hold = (user: string, operation: string): Promise<Answer> =>
  credits.send('POST', '/internal/credits/reservations', { user_id: user, operation, idempotency_key: uuidv7() });

describe('an operator changes a price', () => {
  test('the next hold costs the new one; a hold made before keeps the one it was made under', async () => {
    const user = await credits.userWith(50);
    const before = await hold(user, 'generate_hd');
    expect((await setCost('generate_hd', 12)).body).toEqual({
      operation: 'generate_hd',
      cost: 12,
      transaction_type: 'generation',
      version: 2,
    });
    expect(await costs()).toMatchObject({ generate_hd: 12 });
    expect((await credits.settle(before.body['reservation_id'])).body['charged']).toBe(10);
    expect((await hold(user, 'generate_hd')).body['amount']).toBe(12);
  });

  test('setting what is in force changes nothing', async () => {
    const first = await setCost('chat', 3);
    expect((await setCost('chat', 3)).body).toEqual(first.body);
  });

  test('a new operation can be held at once, as what it is said to be', async () => {
    const body = { cost: 4, transaction_type: 'chat' };
    expect((await credits.send('PUT', '/api/v1/credits/admin/costs/voice', body, admin)).body).toMatchObject({
      version: 1,
      transaction_type: 'chat',
    });
    const user = await credits.userWith(50);
    await credits.settle((await hold(user, 'voice')).body['reservation_id']);
    expect((await credits.get(user, '/api/v1/credits/history?limit=1')).body).toMatchObject([
      { amount: -4, type: 'chat', description: 'Chat: voice' },
    ]);
  });

  test('a retired operation is gone from the list and cannot be held; it can come back', async () => {
    await setCost('fleeting', 1);
    const retired = await credits.send('DELETE', '/api/v1/credits/admin/costs/fleeting', undefined, admin);
    expect(retired.body).toMatchObject({ cost: null, version: 2 });
    expect(await costs()).not.toHaveProperty('fleeting');
    expect((await hold(await credits.userWith(5), 'fleeting')).status).toBe(422);
    expect((await setCost('fleeting', 2)).body).toMatchObject({ cost: 2, version: 3 });
  });

  test.each<[unknown, number]>([
    [0.25, 0.25],
    ['0.25', 0.25],
    ['12.000001', 12.000001],
    [0, 0],
    ['0', 0],
    [1_000_000_000, 1_000_000_000],
  ])('a price of %j is taken, and shown to the operator as it is', async (cost, shown) => {
    expect(await setCost('gpt-4.1:mini', cost)).toMatchObject({ status: 200, body: { cost: shown } });
  });

  test.each([-1, 1e-7, '0.0000001', '1000000001', 1e21, '1e3', '.5', '', ' 5', null, true, [1]])(
    'a price of %j is none',
    async (cost) => {
      const answer = await setCost('chat', cost);
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'body.cost' }] } });
    },
  );

  test.each(['Chat', 'chat two', '-chat', 'x'.repeat(65)])('%s is no operation', async (operation) => {
    expect((await setCost(encodeURIComponent(operation), 1)).status).toBe(422);
  });

  test('retiring what never was: 404; without the admin key: 403', async () => {
    expect((await credits.send('DELETE', '/api/v1/credits/admin/costs/never', undefined, admin)).status).toBe(404);
    expect((await credits.send('PUT', '/api/v1/credits/admin/costs/chat', { cost: 1 })).status).toBe(403);
  });
});

describe('an operation that costs nothing', () => {
  beforeAll(() => setCost('free', 0));

  test.each<[string, () => Promise<string>]>([
    ['credits', () => credits.userWith(3)],
    ['nothing left', async () => (await spent(3)).user],
    ['debt', async () => (await spent(3, 5)).user],
    ['no account', () => Promise.resolve(uuidv7())],
  ])('is held and settled for nothing by a user with %s', async (_name, make) => {
    const user = await make();
    const before = await credits.balance(user);
    const held = await hold(user, 'free');
    expect(held).toMatchObject({ status: 201, body: { amount: 0, balance_after: before } });
    expect(await credits.settle(held.body['reservation_id'])).toMatchObject({
      status: 200,
      body: { charged: 0, balance_after: before },
    });
    expect(await credits.balance(user)).toBe(before);
  });

  test('is held once per key, with and without credits', async () => {
    for (const user of [await credits.userWith(1), uuidv7()]) {
      const body = { user_id: user, operation: 'free', idempotency_key: uuidv7() };
      const holds = await Promise.all(
        Array.from({ length: 20 }, () => credits.send('POST', '/internal/credits/reservations', body)),
      );
      expect(
        new Set(holds.map(({ status, body: answer }) => `${status} ${String(answer['reservation_id'])}`)).size,
      ).toBe(1);
      expect(holds[0]?.status).toBe(201);
    }
  });

  test('beside one that costs too much, each has its own answer', async () => {
    const user = await credits.userWith(1);
    const answers = await Promise.all(['free', 'generate_hd', 'free', 'generate_hd'].map((one) => hold(user, one)));
    expect(answers.map(({ status }) => status)).toEqual([201, 402, 201, 402]);
  });

  test('is refused to a closed account', async () => {
    const user = await credits.userWith(1);
    expect((await credits.send('POST', '/internal/credits/accounts/close', { user_id: user })).status).toBe(200);
    expect((await hold(user, 'free')).status).toBe(423);
  });

  afterAll(async () => expectInvariantsHold(openTestDatabase(credits.database)));
});

/** A new user who has paid `amount` of as many credits, or more of them with debt. */
async function spent(amount: number, charged = amount): Promise<{ user: string }> {
  const user = await credits.userWith(amount);
  const held = await credits.reserve(user, amount);
  expect((await credits.settle(held.body['reservation_id'], { amount: charged })).status).toBe(200);
  return { user };
}

describe('the price file', () => {
  async function startWith(yaml: string): Promise<unknown> {
    const file = path.join(folder, `${uuidv7()}.yaml`);
    await writeFile(file, yaml);
    const app = await startApp('credits', { ...credits.env, PRICES_FILE: file, JOBS_IN_SERVICE: 'false' });
    try {
      return await costs(app.url);
    } finally {
      await app.stop();
    }
  }

  test('a changed entry is a new version; an unchanged one leaves alone what an operator has set', async () => {
    const yaml = (a: string): string => `costs:\n  file_a: { cost: ${a} }\n  file_b: { cost: "0.25" }\n`;
    expect(await startWith(yaml('7'))).toMatchObject({ file_a: 7, file_b: 1 });
    await setCost('file_a', 9);
    expect(await startWith(yaml('7'))).toMatchObject({ file_a: 9 });
    expect(await startWith(yaml('8'))).toMatchObject({ file_a: 8 });
    expect(await startWith(yaml('8'))).toMatchObject({ file_a: 8 });
  });

  test('a fraction of a credit is charged exactly, and shown rounded against the reader', async () => {
    await startWith('costs:\n  quarter: { cost: "0.25" }\n');
    const user = await credits.userWith(1);
    for (let n = 0; n < 3; n += 1) await credits.settle((await hold(user, 'quarter')).body['reservation_id']);
    expect((await credits.get(user, '/api/v1/credits/balance')).body).toEqual({
      balance: 0,
      lifetime_earned: 1,
      lifetime_spent: 1,
    });
    expect((await hold(user, 'quarter')).status).toBe(201);
    expect((await hold(user, 'quarter')).status).toBe(402);
  });

  test('a file that is not usable stops the service with a message that names the entry', async () => {
    await expect(startWith('costs:\n  x: { cost: -1 }\n')).rejects.toThrow(/costs\.x\.cost: /);
  });
});
