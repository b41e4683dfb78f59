import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient, startApp, startPostgres, startRedis, waitFor, type RunningApp } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { call, callsOf, startCredits, type Answer, type Credits } from './start-credits.ts';

const reserveAt = (url: string, user: string, amount: number, key: string = uuidv7()): Promise<Answer> =>
  call(url, 'POST', '/internal/credits/reservations', { user_id: user, amount, idempotency_key: key });

describe('the service and its database', () => {
  let credits: Credits;
  let owner: pg.Client;
  /** Sees what the owner's open transaction would not: activity is a snapshot within one. */
  let watcher: pg.Client;
  beforeAll(async () => {
    credits = await startCredits();
    owner = await openClient({ connectionString: credits.database.url });
    watcher = await openClient({ connectionString: credits.database.url });
  });
  afterAll(async () => {
    const database = openTestDatabase(credits.database);
    await expectInvariantsHold(database);
    await database.close();
    await Promise.all([owner.end(), watcher.end()]);
    await credits.stop();
  });

  /** Holds the account's row, so that calls about it wait in the database; returns how to let go. */
  async function lockAccount(user: string): Promise<() => Promise<void>> {
    await owner.query('BEGIN');
    await owner.query('SELECT 1 FROM account WHERE owner_id = $1 FOR UPDATE', [user]);
    return async () => {
      await owner.query('COMMIT');
    };
  }

  const waitingStatements = async (pattern: string): Promise<number> => {
    const { rows } = await watcher.query<{ count: string }>(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1",
      [pattern],
    );
    return Number(rows[0]?.count);
  };

  describe('killed between a command and its reply', () => {
    let doomed: RunningApp;
    beforeEach(async () => {
      doomed = await startApp('credits', credits.env);
    });
    afterEach(() => doomed.kill());

    test('kill -9 between reserve and reply: the retry is given the answer that got lost', async () => {
      const user = await credits.userWith(50);
      const key = uuidv7();
      const release = await lockAccount(user);
      const lost = reserveAt(doomed.url, user, 5, key).then(
        () => 'answered',
        () => 'lost',
      );
      await waitFor(async () => (await waitingStatements('%ledger_reserve%')) === 1);
      // Frozen, the process can commit what the database has but cannot read the result, let alone pass it on.
      process.kill(doomed.pid, 'SIGSTOP');
      await release();
      await waitFor(async () => (await owner.query('SELECT FROM reservation WHERE id = $1', [key])).rowCount === 1);
      await doomed.kill();
      expect(await lost).toBe('lost');

      const retried = await reserveAt(credits.app.url, user, 5, key);
      expect([retried.status, retried.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
      expect(retried.body).toMatchObject({ reservation_id: key, amount: 5, balance_after: 45 });
      expect(await credits.balance(user)).toBe(45);
    });

    test('kill -9 between a keyed charge and its reply: the retry is given the answer that got lost', async () => {
      const user = await credits.userWith(50);
      const body = { user_id: user, cost: 5 };
      const headers = { 'idempotency-key': uuidv7() };
      const release = await lockAccount(user);
      const lost = call(doomed.url, 'POST', '/internal/credits/spend', body, headers).catch(() => 'lost');
      await waitFor(async () => (await waitingStatements('%ledger_once%')) === 1);
      // The first is still running: whoever repeats it now is told to come back.
      const early = await credits.send('POST', '/internal/credits/spend', body, headers);
      expect([early.status, early.body['code'], early.headers.get('retry-after')]).toEqual([
        409,
        'idempotency.conflict',
        '1',
      ]);
      process.kill(doomed.pid, 'SIGSTOP');
      await release();
      await waitFor(
        async () => (await owner.query("SELECT FROM idempotency WHERE scope = 'service:internal'")).rowCount === 1,
      );
      await doomed.kill();
      expect(await lost).toBe('lost');

      const retried = await credits.send('POST', '/internal/credits/spend', body, headers);
      expect([retried.status, retried.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
      expect(retried.body).toMatchObject({ success: true, balance_after: 45 });
      expect(await credits.balance(user)).toBe(45);
    });
  });

  describe('statements that lose a race', () => {
    /** Lets the first `count` inserts of a reservation fail with `code`. A sequence counts, since it is not undone with the statement. */
    async function failInserts(code: string, count: number): Promise<void> {
      await owner.query(`
        DROP SEQUENCE IF EXISTS failures;
        CREATE SEQUENCE failures;
        GRANT USAGE ON failures TO turnpike_credits_service;
        CREATE OR REPLACE FUNCTION fail_at_first() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('failures') <= ${count} THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '${code}'; END IF;
          RETURN NEW;
        END $$;
        CREATE OR REPLACE TRIGGER fail_at_first BEFORE INSERT ON reservation FOR EACH ROW EXECUTE FUNCTION fail_at_first();`);
    }
    afterAll(() =>
      owner.query('DROP TRIGGER fail_at_first ON reservation; DROP FUNCTION fail_at_first; DROP SEQUENCE failures'),
    );

    test.each([
      ['a serialisation failure', '40001'],
      ['a deadlock', '40P01'],
    ])('%s is tried again', async (_name, code) => {
      const user = await credits.userWith(5);
      await failInserts(code, 3);
      expect((await reserveAt(credits.app.url, user, 5)).status).toBe(201);
    });

    test('again and again: 503 with Retry-After, never 402, and nothing is held', async () => {
      const user = await credits.userWith(5);
      await failInserts('40001', 1_000);
      const answer = await reserveAt(credits.app.url, user, 5);
      expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([
        503,
        'service.unavailable',
        '1',
      ]);
      expect(await credits.balance(user)).toBe(5);
    });

    test('a call that cannot succeed does not fail its neighbours in the batch', async () => {
      const [good, bad] = [await credits.userWith(5), await credits.userWith(5)];
      await owner.query(`CREATE OR REPLACE FUNCTION fail_at_first() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.account_id = (SELECT id FROM account WHERE owner_id = '${bad}') THEN RAISE EXCEPTION 'provoked'; END IF;
          RETURN NEW;
        END $$`);
      const answers = await Promise.all(
        [good, bad, good, bad, good].map((user) => reserveAt(credits.app.url, user, 1)),
      );
      expect(answers.map((answer) => answer.status)).toEqual([201, 500, 201, 500, 201]);
      expect(await credits.balance(good)).toBe(2);
    });
  });

  test('pool exhausted: 503 with Retry-After, and no half write', async () => {
    const narrow = await startApp('credits', {
      ...credits.env,
      DATABASE_POOL_MAX: '2',
      LEDGER_STATEMENTS_MAX: '2',
      LEDGER_WAIT_MS_MAX: '300',
      DATABASE_TIMEOUT_MS: '1500',
      JOBS_IN_SERVICE: 'false',
    });
    try {
      const stuck = await Promise.all([credits.userWith(100), credits.userWith(100)]);
      const other = await credits.userWith(100);
      await owner.query('BEGIN');
      await owner.query('SELECT 1 FROM account WHERE owner_id = ANY ($1) FOR UPDATE', [stuck]);
      const blocked = [reserveAt(narrow.url, stuck[0] ?? '', 5), reserveAt(narrow.url, stuck[1] ?? '', 5)];
      await waitFor(async () => (await waitingStatements('%ledger_reserve%')) >= 1);
      const refused = await Promise.all(Array.from({ length: 10 }, () => reserveAt(narrow.url, other, 5)));
      await Promise.all(blocked);
      await owner.query('COMMIT');
      const answers = [...refused, ...(await Promise.all(blocked))];
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      }
      const held = refused.filter(({ status }) => status === 201).length;
      expect(await credits.balance(other)).toBe(100 - 5 * held);
      expect(answers.some(({ status }) => status === 503)).toBe(true);
      expect((await reserveAt(narrow.url, other, 5)).status).toBe(201);
    } finally {
      await narrow.stop();
    }
  });

  test('users down: the admin grant is 503, and grants nothing', async () => {
    const user = await credits.userWith(5);
    const answer = await credits.send(
      'POST',
      '/api/v1/credits/admin/grant',
      { user_id: user, amount: 5 },
      { 'x-admin-key': String(credits.env['ADMIN_API_KEY']) },
    );
    expect(answer.status).toBe(503);
    expect(await credits.balance(user)).toBe(5);
  });
});

describe('Redis down', () => {
  test('reserve and settle are unaffected; the sweep waits and is not lost', async () => {
    const redis = await startRedis();
    const credits = await startCredits({ REDIS_URL: redis.url, SWEEP_HOLDS_MS: '200' });
    try {
      await redis.kill();
      const user = await credits.userWith(50);
      const [settled, expiring] = [await credits.reserve(user, 5), await credits.reserve(user, 7, { ttl_seconds: 1 })];
      expect((await credits.settle(settled.body['reservation_id'])).status).toBe(200);
      await waitFor(() => Date.now() > new Date(String(expiring.body['expires_at'])).getTime() + 500);
      expect(await credits.balance(user)).toBe(38);
      await redis.start();
      await waitFor(async () => (await credits.balance(user)) === 45);
    } finally {
      await credits.stop().catch(() => {});
      await redis.dispose();
    }
  });
});

describe('PostgreSQL stopped at once under load', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let credits: Credits;
  let app: RunningApp;
  beforeAll(async () => {
    postgres = await startPostgres();
    credits = await startCredits({}, postgres.url);
    app = credits.app;
  });
  afterAll(async () => {
    await credits.stop().catch(() => {});
    await postgres.dispose();
  });

  test('every acknowledged settlement is there afterwards, and the service comes back by itself', async () => {
    const users = await Promise.all(Array.from({ length: 6 }, () => credits.userWith(100_000)));
    const acknowledged: string[] = [];
    let running = true;
    const clients = users.map(async (user) => {
      while (running) {
        const reserved = await reserveAt(app.url, user, 1);
        if (reserved.status !== 201) continue;
        const settled = await callsOf(app.url).settle(reserved.body['reservation_id']);
        if (settled.status === 200) acknowledged.push(String(settled.body['transaction_id']));
      }
    });
    await waitFor(() => acknowledged.length > 50);
    await postgres.kill();
    const down = await reserveAt(app.url, users[0] ?? '', 1);
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '1']);
    const before = acknowledged.length;
    await postgres.start();
    await waitFor(() => acknowledged.length > before + 50);
    running = false;
    await Promise.all(clients);

    const database = openTestDatabase(credits.database);
    try {
      const entries = await database.sql.query<{ entry_id: string }>(
        'SELECT entry_id::text FROM transfer WHERE entry_id = ANY ($1::uuid[])',
        acknowledged,
      );
      expect(entries).toHaveLength(acknowledged.length);
      await expectInvariantsHold(database);
    } finally {
      await database.close();
    }
  });
});
