import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient } from '@turnpike/test-kit';
import { IMPERSONAL_TABLES, PERSONAL_TABLES } from '../src/personal-data.ts';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { startCredits, type Credits } from './start-credits.ts';

let credits: Credits;
let owner: pg.Client;
beforeAll(async () => {
  credits = await startCredits();
  owner = await openClient({ connectionString: credits.database.url });
});
afterAll(async () => {
  const database = openTestDatabase(credits.database);
  await expectInvariantsHold(database);
  await database.close();
  await owner.end();
  await credits.stop();
});

const CANARY = 'canary-of-a-person';

/** A user with something in every table. */
async function livedIn(): Promise<{ user: string; open: unknown }> {
  const user = await credits.userWith(50);
  await credits.grant(user, 20, {
    source: 'stripe',
    source_ref: `${CANARY}-${user}`,
    transaction_type: 'stripe_purchase',
    description: `For ${CANARY}`,
  });
  await credits.send(
    'POST',
    '/internal/credits/spend',
    { user_id: user, cost: 3, description: `${CANARY} talks` },
    { 'idempotency-key': `${CANARY}:${user}` },
  );
  await credits.send('PUT', '/internal/credits/allowances/pro', { user_id: user });
  const { body } = await credits.reserve(user, 5);
  return { user, open: body['reservation_id'] };
}

/** Tables that hold the text anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await owner.query(
      `SELECT FROM ${pg.escapeIdentifier(name)} AS t WHERE t::text ILIKE $1 LIMIT 1`,
      [`%${text}%`],
    );
    if (rowCount) found.push(name);
  }
  return found;
}

const erase = (user: string) =>
  credits.send('POST', '/internal/credits/erasures', { user_id: user, receipt_id: uuidv7() });
const sums = async (): Promise<unknown> =>
  (
    await owner.query(
      'SELECT sum(balance) AS balance, sum(held) AS held, sum(earned) AS earned, sum(spent) AS spent, sum(entries) AS entries FROM account',
    )
  ).rows[0];

describe('an account deleted', () => {
  test('the owner is anonymised, no table remembers them, the sums are unchanged, and repeating it changes nothing', async () => {
    const { user, open } = await livedIn();
    expect(await tablesWith(user)).toEqual(expect.arrayContaining(['account', 'grant']));
    expect(await tablesWith(CANARY)).toEqual(expect.arrayContaining(['entry_note', 'grant']));
    const before = await sums();

    const first = await erase(user);
    expect([first.status, first.body['erased']]).toEqual([200, { account: 1, grant: 3, entry_note: 2 }]);
    expect((await erase(user)).body['erased']).toEqual({ account: 0, grant: 0, entry_note: 0 });
    expect(await tablesWith(user)).toEqual([]);
    expect(await tablesWith(CANARY)).toEqual([]);
    expect(await sums()).toEqual(before);

    expect((await credits.get(user, '/api/v1/credits/balance')).body).toMatchObject({ balance: 0, lifetime_earned: 0 });
    expect((await credits.reserve(user, 1)).status).toBe(402);
    // A call under way is still charged.
    expect((await credits.settle(open)).body).toMatchObject({ charged: 5 });
  });

  test('nothing late brings the account back', async () => {
    const [known, never] = [await credits.userWith(50), uuidv7()];
    await erase(known);
    await erase(never);
    for (const user of [known, never]) {
      const late = await credits.grant(user, 50, {
        source: 'signup_bonus',
        source_ref: user,
        transaction_type: 'signup_bonus',
      });
      expect([late.status, late.body['code']]).toEqual([410, 'resource.gone']);
      expect((await credits.send('PUT', '/internal/credits/allowances/pro', { user_id: user })).status).toBe(410);
      expect(await tablesWith(user)).toEqual([]);
    }
  });

  test('an erasure against first grants, at once: afterwards nobody owns anything', async () => {
    const users = Array.from({ length: 20 }, () => uuidv7());
    await Promise.all(users.flatMap((user) => [credits.grant(user, 5), erase(user), credits.grant(user, 5)]));
    const { rowCount } = await owner.query('SELECT FROM account WHERE owner_id = ANY ($1)', [users]);
    expect(rowCount).toBe(0);
  });
});

describe('export', () => {
  test('holds what there is of the person in every declared table, and nobody else', async () => {
    const { user, open } = await livedIn();
    await livedIn();
    const answer = await credits.send('GET', `/internal/credits/export?user_id=${user}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const sections = PERSONAL_TABLES.flatMap(({ section }) => section ?? []);
    expect(Object.keys(answer.body).toSorted()).toEqual(sections.toSorted());
    expect(answer.body).toMatchObject({
      credit_account: [{ status: 'open', balance_micro: '567000000', held_micro: '5000000' }],
      credit_history: [
        { amount: 500 },
        { amount: -3, description: `${CANARY} talks` },
        { amount: 20, description: `For ${CANARY}` },
        { amount: 50 },
      ],
      credit_reservations: [{ id: open, amount_micro: '5000000' }],
      credit_allowances: [{ plan: 'pro' }],
    });
    expect((answer.body as unknown as { credit_grants: unknown[] }).credit_grants).toHaveLength(3);
  });

  test('a history longer than one page is whole', async () => {
    const user = await credits.userWith(1);
    await owner.query(
      `SELECT ledger_grant(jsonb_build_object('owner_type', 'user', 'owner_id', $1::text, 'amount', '1000000', 'source', 'test', 'transaction_type', 'adjustment', 'actor', 'test')) FROM generate_series(1, 2499)`,
      [user],
    );
    const answer = await credits.send('GET', `/internal/credits/export?user_id=${user}`);
    const history = (answer.body as unknown as { credit_history: { balance_after: number }[] }).credit_history;
    expect(history.map((entry) => entry.balance_after)).toEqual(
      Array.from({ length: 2_500 }, (_, index) => 2_500 - index),
    );
  });

  test('of somebody without an account is empty', async () => {
    expect((await credits.send('GET', `/internal/credits/export?user_id=${uuidv7()}`)).body).toEqual({
      credit_history: [],
    });
  });
});

describe('every table of the database', () => {
  test('is declared: personal, or impersonal and why', async () => {
    const { rows } = await owner.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    );
    const declared = [...PERSONAL_TABLES.map(({ table }) => table), ...Object.keys(IMPERSONAL_TABLES)];
    expect(rows.map(({ name }) => name).toSorted()).toEqual(declared.toSorted());
  });
});
