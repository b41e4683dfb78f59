import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient, startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import type { Database } from '../src/stores/database.ts';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { call, callsOf, startCredits, type Answer, type Credits } from './start-credits.ts';

/** Two processes over one database: what holds in one process only would not hold here. */
let credits: Credits;
let second: RunningApp;
let database: Database;
beforeAll(async () => {
  credits = await startCredits();
  second = await startApp('credits', credits.env);
  database = openTestDatabase(credits.database);
});
afterEach(() => expectInvariantsHold(database));
afterAll(async () => {
  await database.close();
  await second.stop();
  await credits.stop();
});

/** Calls in turn to the two processes. */
function spread(count: number, make: (url: string, index: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => make(index % 2 === 0 ? credits.app.url : second.url, index)),
  );
}

function countOf(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

const reserveAt = (url: string, user: string, amount: number, key: string = uuidv7()): Promise<Answer> =>
  call(url, 'POST', '/internal/credits/reservations', { user_id: user, amount, idempotency_key: key });

describe('holds', () => {
  test('1 credit and 2 parallel reserves: one 201, one 402', async () => {
    for (let round = 0; round < 10; round += 1) {
      const user = await credits.userWith(1);
      const answers = await spread(2, (url) => reserveAt(url, user, 1));
      expect([countOf(answers, 201), countOf(answers, 402)]).toEqual([1, 1]);
      expect(await credits.balance(user)).toBe(0);
    }
  });

  test('10 affordable, 640 calls from 32 clients: exactly 10', async () => {
    const user = await credits.userWith(53);
    const clients = await Promise.all(
      Array.from({ length: 32 }, async (_, client) => {
        const answers: Answer[] = [];
        for (let n = 0; n < 20; n += 1)
          answers.push(await reserveAt(client % 2 === 0 ? credits.app.url : second.url, user, 5));
        return answers;
      }),
    );
    const answers = clients.flat();
    expect([countOf(answers, 201), countOf(answers, 402)]).toEqual([10, 630]);
    expect(await credits.balance(user)).toBe(3);
  });

  test('the same id and body ×50: one hold, identical answers', async () => {
    const user = await credits.userWith(7);
    const key = uuidv7();
    const answers = await spread(50, (url) => reserveAt(url, user, 5, key));
    expect(countOf(answers, 201)).toBe(50);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await credits.balance(user)).toBe(2);
  });

  test('the same id from two processes at one moment, with credits for one hold: both are told of the one hold', async () => {
    const user = await credits.userWith(7);
    const key = uuidv7();
    const owner = await openClient({ connectionString: credits.database.url });
    const watcher = await openClient({ connectionString: credits.database.url });
    try {
      await owner.query('BEGIN');
      await owner.query('SELECT FROM account WHERE owner_id = $1 FOR UPDATE', [user]);
      const answers = spread(2, (url) => reserveAt(url, user, 5, key));
      // Both have looked for the id, found nothing, and stand at the gate.
      await waitFor(async () => {
        const { rowCount } = await watcher.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ledger_reserve%'",
        );
        return rowCount === 2;
      });
      await owner.query('COMMIT');
      expect((await answers).map((answer) => answer.status)).toEqual([201, 201]);
      expect(await credits.balance(user)).toBe(2);
    } finally {
      await Promise.all([owner.end(), watcher.end()]);
    }
  });

  test('the same id with another body or account: 409, and nothing written', async () => {
    const [user, other] = [await credits.userWith(50), await credits.userWith(50)];
    const key = uuidv7();
    await credits.reserve(user, 5, { idempotency_key: key });
    const answers = [
      await credits.reserve(user, 6, { idempotency_key: key }),
      await credits.reserve(user, 5, { idempotency_key: key, ttl_seconds: 9 }),
      await credits.reserve(other, 5, { idempotency_key: key }),
      await credits.reserve(uuidv7(), 5, { idempotency_key: key }),
    ];
    for (const answer of answers) expect([answer.status, answer.body['code']]).toEqual([409, 'idempotency.conflict']);
    expect([await credits.balance(user), await credits.balance(other)]).toEqual([45, 50]);
  });

  test('the same key from several attempts at once: the hold is of one of them, which alone gets it again', async () => {
    const user = await credits.userWith(50);
    const [key, attempts] = ['shared key', Array.from({ length: 20 }, (_none, index) => `attempt ${index}`)];
    const ask = (url: string, attempt: string): Promise<Answer> =>
      callsOf(url).reserve(user, 5, { idempotency_key: key, attempt });
    const answers = await spread(20, (url, index) => ask(url, attempts[index] ?? ''));
    expect([countOf(answers, 201), countOf(answers, 409)]).toEqual([1, 19]);
    const again = await Promise.all(attempts.map((attempt) => ask(credits.app.url, attempt)));
    expect(again.map(({ status }) => status)).toEqual(answers.map(({ status }) => status));
    expect(await credits.balance(user)).toBe(45);
  });

  test('one id from 40 accounts at once: one hold, the others 409', async () => {
    const users = await Promise.all(Array.from({ length: 40 }, () => credits.userWith(5)));
    const key = uuidv7();
    const answers = await spread(40, (url, index) => reserveAt(url, users[index] ?? '', 5, key));
    expect([countOf(answers, 201), countOf(answers, 409)]).toEqual([1, 39]);
    const balances = await Promise.all(users.map((user) => credits.balance(user)));
    expect(balances.toSorted((left, right) => left - right)).toEqual([0, ...Array.from({ length: 39 }, () => 5)]);
  });
});

describe('resolutions', () => {
  const settleAt = (url: string, id: unknown): Promise<Answer> => callsOf(url).settle(id);
  const releaseAt = (url: string, id: unknown): Promise<Answer> => callsOf(url).release(id);

  test('settle ×50: one charge, identical answers', async () => {
    const user = await credits.userWith(50);
    const { body } = await credits.reserve(user, 5);
    const answers = await spread(50, (url) => settleAt(url, body['reservation_id']));
    expect(countOf(answers, 200)).toBe(50);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await credits.get(user, '/api/v1/credits/history')).headers.get('x-total-count')).toBe('2');
    expect(await credits.balance(user)).toBe(45);
  });

  test('release against settle: one wins, the other is 409, totals exact', async () => {
    const user = await credits.userWith(1_000);
    const holds = await Promise.all(Array.from({ length: 40 }, () => credits.reserve(user, 5)));
    const outcomes = await Promise.all(
      holds.map(async ({ body }, index) => {
        const [one, two] = index % 2 === 0 ? [credits.app.url, second.url] : [second.url, credits.app.url];
        const [settled, released] = await Promise.all([
          settleAt(one, body['reservation_id']),
          releaseAt(two, body['reservation_id']),
        ]);
        expect([settled.status, released.status].toSorted((left, right) => left - right)).toEqual([200, 409]);
        return settled.status === 200;
      }),
    );
    expect(await credits.balance(user)).toBe(1_000 - 5 * outcomes.filter(Boolean).length);
  });

  test('settle against expiry: charged once whoever wins, totals exact', async () => {
    const user = await credits.userWith(1_000);
    const holds = await Promise.all(Array.from({ length: 60 }, () => credits.reserve(user, 5, { ttl_seconds: 1 })));
    const due = new Date(String(holds[0]?.body['expires_at'])).getTime();
    await waitFor(() => Date.now() >= due - 20);
    const answers = await spread(60, (url, index) => settleAt(url, holds[index]?.body['reservation_id']));
    expect(countOf(answers, 200)).toBe(60);
    await waitFor(async () => (await credits.balance(user)) === 700);
    expect((await credits.get(user, '/api/v1/credits/balance')).body).toEqual({
      balance: 700,
      lifetime_earned: 1_000,
      lifetime_spent: 300,
    });
  });

  test('release before reserve: the reserve is 410, in whichever order they were sent', async () => {
    const user = await credits.userWith(50);
    const key = `edge/${uuidv7()}`;
    expect((await credits.release(key)).body).toEqual({ released: 0, balance_after: 0 });
    const late = await credits.reserve(user, 5, { idempotency_key: key });
    expect([late.status, late.body['code']]).toEqual([410, 'credits.reservation_gone']);

    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const racing = uuidv7();
        const [reserved, released] = await Promise.all([
          reserveAt(credits.app.url, user, 1, racing),
          releaseAt(second.url, racing),
        ]);
        expect([201, 410]).toContain(reserved.status);
        expect(released.status).toBe(200);
      }),
    );
    expect(await credits.balance(user)).toBe(50);
  });

  test('sweepers in two processes, beside settlements and releases: no deadlock, each hold freed once', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => credits.userWith(100)));
    const holds = await Promise.all(
      users.flatMap((user) => Array.from({ length: 10 }, () => credits.reserve(user, 5, { ttl_seconds: 1 }))),
    );
    expect(holds.every((hold) => hold.status === 201)).toBe(true);
    await spread(40, (url, index) =>
      (index % 2 === 0 ? settleAt : releaseAt)(url, holds[index * 2]?.body['reservation_id']),
    );
    await waitFor(async () => {
      const balances = await Promise.all(users.map((user) => credits.balance(user)));
      return balances.reduce((sum, balance) => sum + balance, 0) === 8 * 100 - 20 * 5;
    });
  });
});

describe('grants', () => {
  test('a grant ×20 with one reference: one grant', async () => {
    const user = uuidv7();
    const body = {
      user_id: user,
      amount: 50,
      source: 'stripe',
      source_ref: 'pi_1',
      transaction_type: 'stripe_purchase',
    };
    const answers = await spread(20, (url) => call(url, 'POST', '/internal/credits/grants', body));
    expect(countOf(answers, 200)).toBe(20);
    expect(answers.filter((answer) => answer.body['created'])).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.body['grant_id'])).size).toBe(1);
    expect(await credits.balance(user)).toBe(50);
  });

  test('a grant during a burst of reserves: no lost update', async () => {
    const user = await credits.userWith(100);
    const answers = await spread(120, (url, index) =>
      index % 10 === 0
        ? call(url, 'POST', '/internal/credits/grants', {
            user_id: user,
            amount: 7,
            source: 'burst',
            source_ref: String(index),
            transaction_type: 'adjustment',
          })
        : reserveAt(url, user, 1),
    );
    const held = countOf(answers, 201);
    expect(countOf(answers, 200)).toBe(12);
    expect(held).toBe(108);
    expect(await credits.balance(user)).toBe(100 + 12 * 7 - held);
  });

  test('the first grants of an account, from both processes at once, make one account', async () => {
    const user = uuidv7();
    const answers = await spread(30, (url, index) =>
      call(url, 'POST', '/internal/credits/grants', {
        user_id: user,
        amount: 1,
        source: 'first',
        source_ref: String(index),
        transaction_type: 'adjustment',
      }),
    );
    expect(countOf(answers, 200)).toBe(30);
    expect(await credits.balance(user)).toBe(30);
  });
});

describe('closing an account with open holds', () => {
  test('new reserves, charges and grants are 423; old holds resolve', async () => {
    const user = await credits.userWith(50);
    const [settled, released] = [await credits.reserve(user, 5), await credits.reserve(user, 6)];
    const close = await credits.send('POST', '/internal/credits/accounts/close', { user_id: user });
    expect(close.body).toEqual({ closed: true, open_reservations: 2 });
    expect((await credits.send('POST', '/internal/credits/accounts/close', { user_id: user })).body['closed']).toBe(
      true,
    );
    const refused = [
      await credits.reserve(user, 1),
      await credits.grant(user, 1),
      await credits.send('POST', '/internal/credits/spend', { user_id: user, cost: 1 }),
    ];
    for (const answer of refused) expect([answer.status, answer.body['code']]).toEqual([423, 'credits.account_closed']);
    expect((await credits.settle(settled.body['reservation_id'])).body).toMatchObject({
      charged: 5,
      balance_after: 39,
    });
    expect((await credits.release(released.body['reservation_id'])).body).toEqual({ released: 6, balance_after: 45 });
    expect((await credits.send('GET', `/internal/credits/check?user_id=${user}&cost=1`)).body).toEqual({
      sufficient: false,
      balance: 45,
    });
  });
});
