import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { openClient, waitFor } from '@turnpike/test-kit';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

/** What operators see of accounts, prices and the ledger; auth is down, so who set a price is not known here. */

const ACCOUNT = '/platform/api/admin/account';
const LEDGER = '/platform/api/admin/ledger';
const PRICES = '/platform/api/admin/prices';

let credits: Credits;
let key: Record<string, string>;
beforeAll(async () => {
  credits = await startCredits({ VERIFY_MS: '3600000', SWEEP_GRANTS_MS: '3600000' });
  key = { 'x-admin-key': String(credits.env['ADMIN_API_KEY']) };
});
afterAll(() => credits.stop());

const read = (path: string): Promise<Answer> => credits.send('GET', path, undefined, key);
type Item = Record<string, unknown>;
const itemsOf = async (path: string) => (await read(path)).body['items'] as unknown as Item[];

test('what users can spend is told for many at once: exactly, without what is held, and nothing of who has no account', async () => {
  const [ada, ben] = [await credits.userWith(50), await credits.userWith(7)];
  await credits.reserve(ada, 4);
  const nobody = '0190b6a4-0000-7000-8000-000000000003';
  const ask = (userIds: readonly string[], headers = {}) =>
    credits.send('POST', '/internal/credits/balances', { user_ids: userIds }, headers);
  const { status, body } = await ask([ada, ben, nobody]);
  expect([status, new Set(body['items'] as unknown as Item[])]).toEqual([
    200,
    new Set([
      { user_id: ada, available_micro: '46000000' },
      { user_id: ben, available_micro: '7000000' },
    ]),
  ]);
  // What expires is no longer there, swept or not.
  await credits.grant(ben, 30, { expires_at: new Date(Date.now() + 2_000).toISOString() });
  await waitFor(async () => {
    const { body: now } = await ask([ben]);
    return (now['items'] as unknown as Item[])[0]?.['available_micro'] === '7000000';
  });
  expect((await ask(Array.from({ length: 101 }, () => ada))).status).toBe(422);
  expect((await ask([ada], { [HEADER.serviceKey]: 'another' })).status).toBe(403);
});

describe('an account', () => {
  test('is shown with its grants in the order of spending, its open holds and its entries', async () => {
    const user = await credits.userWith(50);
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    await credits.grant(user, 10, { expires_at: soon });
    const hold = await credits.reserve(user, 4);
    const other = await credits.reserve(user, 2);
    await credits.settle(other.body['reservation_id']);
    const { status, body } = await read(`${ACCOUNT}?user_id=${user}`);
    expect([status, body]).toEqual([
      200,
      {
        owner: { type: 'user', id: user },
        status: 'open',
        available: 54,
        held: 4,
        debt: 0,
        earned: 60,
        spent: 2,
        entries: 3,
        grants: [
          expect.objectContaining({ amount: 10, remaining: 8, held: 4, expires_at: soon }),
          expect.objectContaining({ amount: 50, remaining: 50, held: 0, source: 'signup_bonus', expires_at: null }),
        ],
        holds: [expect.objectContaining({ id: hold.body['reservation_id'], amount: 4 })],
      },
    ]);
    const page = await read(`${ACCOUNT}/entries?user_id=${user}&limit=1`);
    expect(page.body).toMatchObject({ total: 3, as_of: '3', items: [{ seq: 3, amount: -2, balance_after: 58 }] });
    expect(await itemsOf(`${ACCOUNT}/entries?user_id=${user}&offset=1&as_of=3`)).toMatchObject([
      { seq: 2, amount: 10 },
      { seq: 1, amount: 50, type: 'signup_bonus' },
    ]);
  });

  test('is shown to whoever it belongs to, and an empty one to whoever never had credits', async () => {
    const user = await credits.userWith(50);
    const hold = await credits.reserve(user, 4);
    const own = await credits.get(user, '/api/v1/credits/account');
    expect([own.status, own.body]).toMatchObject([
      200,
      { available: 46, held: 4, grants: [{ remaining: 50 }], holds: [{ id: hold.body['reservation_id'], amount: 4 }] },
    ]);
    expect(own.body).not.toHaveProperty('owner');
    const nobody = await credits.get('0190b6a4-0000-7000-8000-000000000002', '/api/v1/credits/account');
    expect([nobody.status, nobody.body]).toMatchObject([200, { available: 0, grants: [], holds: [] }]);
  });

  test('of nobody: 404; without a name: 422; without a key: 401', async () => {
    expect((await read(`${ACCOUNT}?user_id=0190b6a4-0000-7000-8000-000000000001`)).status).toBe(404);
    expect((await read(ACCOUNT)).status).toBe(422);
    expect((await credits.send('GET', ACCOUNT)).status).toBe(401);
  });
});

test('prices: as they are, and every version of one, newest first', async () => {
  const set = (cost: number) => credits.send('PUT', '/api/v1/credits/admin/costs/looked-at', { cost }, key);
  await set(3);
  await set(0.25);
  await credits.send('DELETE', '/api/v1/credits/admin/costs/looked-at', undefined, key);
  const all = await itemsOf(`${PRICES}?limit=100`);
  expect(all.find(({ operation }) => operation === 'looked-at')).toMatchObject({
    cost: null,
    version: 3,
    source: 'admin',
  });
  expect(all.find(({ operation }) => operation === 'chat')).toMatchObject({ version: 1, source: 'file', set_by: null });
  const versions = await read(`${PRICES}/looked-at/versions?limit=2`);
  expect(versions.body).toMatchObject({ total: 3, items: [{ version: 3 }, { version: 2, cost: 0.25 }] });
});

test('debts, the largest first; holds and grants, those that end first before the others', async () => {
  const debtors: string[] = [];
  for (const spent of [5, 25]) {
    const user = await credits.userWith(1);
    const hold = await credits.reserve(user, 1);
    await credits.settle(hold.body['reservation_id'], { amount: 1 + spent });
    debtors.unshift(user);
  }
  const debts = await itemsOf(`${LEDGER}/debts`);
  expect(debts.map(({ owner }) => (owner as { id: string }).id)).toEqual(debtors);
  expect(debts[0]).toMatchObject({ debt: 25, status: 'open' });

  const user = await credits.userWith(100);
  for (const days of [3, 1, 2])
    await credits.grant(user, days, { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() });
  const expiring = (await itemsOf(`${LEDGER}/expiring-grants`)).filter(
    ({ owner }) => (owner as { id: string }).id === user,
  );
  expect(expiring.map(({ remaining }) => remaining)).toEqual([1, 2, 3]);

  await credits.reserve(user, 1, { ttl_seconds: 600 });
  await credits.reserve(user, 2, { ttl_seconds: 300 });
  const holds = (await itemsOf(`${LEDGER}/holds`)).filter(({ owner }) => (owner as { id: string }).id === user);
  expect(holds.map(({ amount }) => amount)).toEqual([2, 1]);
});

describe('a verification', () => {
  test('is run when asked for, by one at a time over all processes, and tells what it found and the sums', async () => {
    const owner = await openClient({ connectionString: credits.database.url });
    // As another process that verifies.
    await owner.query('SELECT pg_advisory_lock(7041776)');
    expect((await read(LEDGER)).body).toMatchObject({ verification: { running: true } });
    const refused = await credits.send('POST', `${LEDGER}/verifications`, {}, key);
    expect([refused.status, refused.body['code']]).toEqual([409, 'resource.conflict']);
    await owner.query('SELECT pg_advisory_unlock(7041776)');
    await owner.end();
    const before = Date.now();
    expect((await credits.send('POST', `${LEDGER}/verifications`, {}, key)).status).toBe(202);
    await waitFor(async () => {
      const { verification } = (await read(LEDGER)).body as unknown as {
        verification: { running: boolean; checked_at: string | null };
      };
      return !verification.running && Date.parse(verification.checked_at ?? '') >= before - 1_000;
    });
    const { body } = await read(LEDGER);
    expect(body).toMatchObject({
      verification: { invariants: expect.arrayContaining([expect.objectContaining({ number: 1, violations: 0 })]) },
      totals: { accounts: expect.any(Number), debt: expect.any(Number) },
    });
  });
});
