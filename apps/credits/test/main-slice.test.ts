import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { eventQueueName, HEADER, QUEUE_PREFIX } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { waitFor } from '@turnpike/test-kit';
import { startCredits, type Credits } from './start-credits.ts';

let credits: Credits;
beforeAll(async () => {
  credits = await startCredits();
});
afterAll(() => credits.stop());

describe('a new user generates once', () => {
  test('sign-up grant, hold, charge, and what the user reads of it', async () => {
    const user = await credits.userWith(50);
    expect((await credits.get(user, '/api/v1/credits/balance')).body).toEqual({
      balance: 50,
      lifetime_earned: 50,
      lifetime_spent: 0,
    });

    const reserved = await credits.send('POST', '/internal/credits/reservations', {
      user_id: user,
      operation: 'generate_balanced',
      idempotency_key: uuidv7(),
    });
    expect(reserved.status).toBe(201);
    expect(reserved.body).toEqual({
      reservation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      amount: 5,
      amount_micro: '5000000',
      balance_after: 45,
      balance_after_micro: '45000000',
      price_version: 1,
      expires_at: expect.stringMatching(/Z$/),
    });
    expect(await credits.balance(user)).toBe(45);

    const settled = await credits.settle(reserved.body['reservation_id']);
    expect(settled.status).toBe(200);
    expect(settled.body).toEqual({
      transaction_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      charged: 5,
      charged_micro: '5000000',
      balance_after: 45,
      balance_after_micro: '45000000',
    });
    expect((await credits.get(user, '/api/v1/credits/balance')).body).toEqual({
      balance: 45,
      lifetime_earned: 50,
      lifetime_spent: 5,
    });

    const history = await credits.get(user, '/api/v1/credits/history');
    expect(history.headers.get('x-total-count')).toBe('2');
    expect(history.body).toEqual([
      {
        amount: -5,
        balance_after: 45,
        type: 'generation',
        description: 'Generation: generate_balanced',
        created_at: expect.any(String),
      },
      {
        amount: 50,
        balance_after: 50,
        type: 'signup_bonus',
        description: 'Sign-up bonus',
        created_at: expect.any(String),
      },
    ]);
  });

  test('a released hold leaves no trace in the history', async () => {
    const user = await credits.userWith(50);
    const { body } = await credits.reserve(user, 5);
    const released = await credits.release(body['reservation_id']);
    expect(released.status).toBe(200);
    expect(released.body).toEqual({ released: 5, balance_after: 50 });
    expect((await credits.get(user, '/api/v1/credits/history')).body).toHaveLength(1);
  });

  test('a user without an account has nothing', async () => {
    const user = uuidv7();
    expect((await credits.get(user, '/api/v1/credits/balance')).body).toEqual({
      balance: 0,
      lifetime_earned: 0,
      lifetime_spent: 0,
    });
    expect((await credits.get(user, '/api/v1/credits/history')).body).toEqual([]);
  });
});

describe('opening the account of a new user', () => {
  const open = (user: string, signup_credits: number, lineage_id?: string) =>
    credits.send('POST', '/internal/credits/accounts', { user_id: user, signup_credits, lineage_id });

  test('grants the credits once, however often it is asked', async () => {
    const user = uuidv7();
    const answers = await Promise.all(Array.from({ length: 10 }, () => open(user, 50, randomUUID())));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await credits.balance(user)).toBe(50);
  });

  test('of one who had an account before: none', async () => {
    const user = uuidv7();
    expect((await open(user, 0, randomUUID())).status).toBe(200);
    expect(await credits.balance(user)).toBe(0);
  });

  test('410 for one who was erased; 422 for what is no number of credits', async () => {
    const user = uuidv7();
    await credits.send('POST', '/internal/credits/erasures', { user_id: user, receipt_id: uuidv7() });
    expect((await open(user, 50)).status).toBe(410);
    expect((await open(user, 0, randomUUID())).status).toBe(410);
    expect((await open(uuidv7(), -1)).status).toBe(422);
  });
});

describe('user.created', () => {
  test('delivered twice, and beside the direct call, grants once', async () => {
    const user = uuidv7();
    const queue = new Queue(eventQueueName('credits'), {
      connection: { url: credits.redis.url },
      prefix: QUEUE_PREFIX,
    });
    try {
      const event = {
        type: 'user.created',
        payload: { user_id: user, signup_credits: 50 },
        created_at: new Date().toISOString(),
      };
      const direct = { source: 'signup_bonus', source_ref: user, transaction_type: 'signup_bonus' };
      await Promise.all([
        queue.add(event.type, { ...event, id: uuidv7() }),
        queue.add(event.type, { ...event, id: uuidv7() }),
        credits.grant(user, 50, direct),
        credits.grant(user, 50, direct),
      ]);
      await waitFor(async () => (await queue.getJobCounts('completed'))['completed'] === 2);
    } finally {
      await queue.close();
    }
    expect((await credits.get(user, '/api/v1/credits/balance')).body).toEqual({
      balance: 50,
      lifetime_earned: 50,
      lifetime_spent: 0,
    });
  });
});

describe('prices', () => {
  test('are public', async () => {
    const response = await fetch(`${credits.app.url}/api/v1/credits/costs`);
    expect(await response.json()).toEqual({
      costs: {
        chat: 1,
        generate_balanced: 5,
        generate_gemini3: 5,
        generate_hd: 10,
        generate_hyper: 5,
        temporal_jump: 2,
      },
    });
  });

  test('an unknown operation is 422', async () => {
    const user = await credits.userWith(50);
    const answer = await credits.send('POST', '/internal/credits/reservations', {
      user_id: user,
      operation: 'nothing',
      idempotency_key: uuidv7(),
    });
    expect([answer.status, answer.body['code']]).toEqual([422, 'credits.operation_unknown']);
    expect(answer.body['errors']).toEqual([{ path: 'body.operation', message: 'Not in the price list' }]);
  });
});

describe('internal checks and charges', () => {
  test('check says whether a cost could be paid', async () => {
    const user = await credits.userWith(45);
    expect((await credits.send('GET', `/internal/credits/check?user_id=${user}&cost=45`)).body).toEqual({
      sufficient: true,
      balance: 45,
    });
    expect((await credits.send('GET', `/internal/credits/check?user_id=${user}&cost=46`)).body).toEqual({
      sufficient: false,
      balance: 45,
    });
  });

  test('spend charges at once, or says that there is too little', async () => {
    const user = await credits.userWith(8);
    const spend = { user_id: user, cost: 5, transaction_type: 'chat', description: 'Talk' };
    const first = await credits.send('POST', '/internal/credits/spend', spend);
    expect(first.body).toEqual({ success: true, transaction_id: expect.any(String), balance_after: 3 });
    const second = await credits.send('POST', '/internal/credits/spend', spend);
    expect([second.status, second.body]).toEqual([
      200,
      { success: false, error: 'insufficient_credits', balance_after: 3 },
    ]);
    expect((await credits.get(user, '/api/v1/credits/history?limit=1')).body).toEqual([
      { amount: -5, balance_after: 3, type: 'chat', description: 'Talk', created_at: expect.any(String) },
    ]);
  });

  test('too few credits for a hold is 402 with cost and balance', async () => {
    const user = await credits.userWith(3);
    const answer = await credits.send('POST', '/internal/credits/reservations', {
      user_id: user,
      operation: 'generate_balanced',
      idempotency_key: uuidv7(),
    });
    expect(answer.status).toBe(402);
    expect(answer.body).toMatchObject({
      code: 'auth.insufficient_credits',
      detail: 'Insufficient credits. This operation costs 5 credits.',
      cost: 5,
      balance: 3,
    });
  });
});

describe('who may call', () => {
  test.each([
    ['POST', '/internal/credits/spend'],
    ['POST', '/internal/credits/reservations'],
    ['POST', '/internal/credits/grants'],
    ['GET', '/internal/credits/check'],
  ])('%s %s needs the service key', async (method, path) => {
    expect(
      (await credits.send(method, path, method === 'GET' ? undefined : {}, { [HEADER.serviceKey]: 'wrong' })).status,
    ).toBe(403);
  });

  test('the admin grant needs the admin key, not the service key', async () => {
    const answer = await credits.send('POST', '/api/v1/credits/admin/grant', { user_id: uuidv7(), amount: 5 });
    expect([answer.status, answer.body['code']]).toEqual([403, 'auth.admin_key_invalid']);
  });

  test('a balance needs the edge to vouch for the user: a bare X-User-ID is 401', async () => {
    expect(
      (await credits.send('GET', '/api/v1/credits/balance', undefined, { [HEADER.userId]: uuidv7() })).status,
    ).toBe(401);
  });
});
