import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { EVENTS } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { withClient } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

/** Credits of an organisation: every route that names an owner takes `owner: {type, id}`, and `user_id` for short. */

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

const organisation = () => ({ type: 'organisation', id: uuidv7() });
type Owner = ReturnType<typeof organisation>;

const post = (path: string, body: object): Promise<Answer> => credits.send('POST', `/internal/credits/${path}`, body);
const named = ({ type, id }: Owner): string => `owner_type=${type}&owner_id=${id}`;
const asOperator = (path: string, body: object, requestId = uuidv7()): Promise<Answer> =>
  credits.send('POST', `/api/v1/credits/admin/${path}`, body, {
    'x-admin-key': String(credits.env['ADMIN_API_KEY']),
    'x-request-id': requestId,
  });

async function balanceOf(owner: Owner): Promise<unknown> {
  return (await credits.send('GET', `/internal/credits/balance?${named(owner)}`)).body['balance'];
}

async function withCredits(amount: number): Promise<Owner> {
  const owner = organisation();
  const answer = await post('accounts', { owner, signup_credits: amount });
  expect([answer.status, answer.body]).toEqual([200, { owner }]);
  return owner;
}

const hold = (owner: Owner, amount: number): Promise<Answer> =>
  post('reservations', { owner, amount, idempotency_key: uuidv7() });

test('is opened, granted to, charged and asked as a user is', async () => {
  const owner = await withCredits(50);
  const grant = { amount: 10, source: 'test', source_ref: uuidv7(), transaction_type: 'adjustment' };
  expect((await post('grants', { owner, ...grant })).body).toMatchObject({ balance: 60, created: true });
  expect((await post('grants', { owner, ...grant })).body).toMatchObject({ balance: 60, created: false });
  expect((await post('spend', { owner, cost: 20 })).body).toMatchObject({ success: true, balance_after: 40 });
  expect((await credits.send('GET', `/internal/credits/check?${named(owner)}&cost=41`)).body).toEqual({
    sufficient: false,
    balance: 40,
  });
});

test('holds and settles', async () => {
  const owner = await withCredits(50);
  const { body } = await hold(owner, 30);
  expect((await post(`reservations/${String(body['reservation_id'])}/extend`, { owner, ttl_seconds: 60 })).status).toBe(
    200,
  );
  expect((await credits.settle(body['reservation_id'], { owner, amount: 12 })).body).toMatchObject({
    charged: 12,
    balance_after: 38,
  });
  const other = await hold(owner, 38);
  expect((await credits.release(other.body['reservation_id'], { owner })).body).toEqual({
    released: 38,
    balance_after: 38,
  });
});

describe.each(['settle', 'release', 'extend'])(
  'a user of the same id, or another organisation, cannot %s its hold',
  (command) => {
    test('404, and nothing moves', async () => {
      const owner = await withCredits(50);
      const { body } = await hold(owner, 30);
      const path = `reservations/${String(body['reservation_id'])}/${command}`;
      const more = command === 'extend' ? { ttl_seconds: 60 } : {};
      for (const stranger of [
        { user_id: owner.id },
        { owner: { type: 'user', id: owner.id } },
        { owner: organisation() },
      ])
        expect((await post(path, { ...stranger, ...more })).status).toBe(404);
      const headers = { 'x-user-id': owner.id };
      expect((await credits.send('POST', `/internal/credits/${path}`, { owner, ...more }, headers)).status).toBe(404);
      expect(await balanceOf(owner)).toBe(20);
      expect((await post(path, { owner, ...more })).status).toBe(200);
    });
  },
);

test('shares nothing with the user of the same id', async () => {
  const owner = await withCredits(50);
  expect((await credits.grant(owner.id, 7)).body).toMatchObject({ balance: 7, created: true });
  expect(await balanceOf(owner)).toBe(50);
  expect((await post('accounts/close', { user_id: owner.id })).body).toMatchObject({ closed: true });
  await post('erasures', { user_id: owner.id, receipt_id: uuidv7() });
  expect((await hold(owner, 50)).status).toBe(201);
});

test('gets the allowance of a plan, until it ends', async () => {
  const owner = organisation();
  expect((await credits.send('PUT', '/internal/credits/allowances/pro', { owner })).status).toBe(200);
  expect(await balanceOf(owner)).toBe(500);
  const end = (): Promise<Answer> => credits.send('DELETE', `/internal/credits/allowances/pro?${named(owner)}`);
  expect([(await end()).body, (await end()).body]).toEqual([{ ended: true }, { ended: false }]);
});

test('closed, it takes no more holds and settles the old ones', async () => {
  const owner = await withCredits(50);
  const { body } = await hold(owner, 30);
  expect((await post('accounts/close', { owner })).body).toEqual({ closed: true, open_reservations: 1 });
  expect((await hold(owner, 1)).status).toBe(423);
  expect((await credits.settle(body['reservation_id'], { owner })).body).toMatchObject({
    charged: 30,
    balance_after: 20,
  });
});

test('an operator grants to it and forgives its debt; the audit trail names the organisation, and nobody as its user', async () => {
  const owner = await withCredits(5);
  const { body } = await hold(owner, 5);
  await credits.settle(body['reservation_id'], { amount: 9 });
  const request = uuidv7();
  expect((await asOperator('write-off', { owner, reason: 'goodwill' }, request)).body).toEqual({ written_off: 4 });
  expect((await asOperator('grant', { owner, amount: 3 }, request)).body).toEqual({ balance: 3, granted: 3 });
  const { rows } = await withClient({ connectionString: credits.database.url }, (client) =>
    client.query<{ payload: unknown }>(
      "SELECT payload FROM outbox WHERE type = 'audit.recorded' AND payload->>'request_id' = $1 ORDER BY id",
      [request],
    ),
  );
  const reports = rows.map(({ payload }) => EVENTS['audit.recorded'].payload.parse(payload));
  expect(reports.map(({ action, user_id: user, detail }) => [action, user, detail])).toEqual([
    ['credits.debt_written_off', undefined, { amount: 4, organisation_id: owner.id, reason: 'goodwill' }],
    ['credits.granted', undefined, { amount: 3, transaction_type: 'admin_grant', organisation_id: owner.id }],
  ]);
});

test('an operator that forgives an organisation without an account is 404', async () => {
  expect((await asOperator('write-off', { owner: organisation(), reason: 'goodwill' })).status).toBe(404);
});

describe('an owner is named, and in one way', () => {
  const id = uuidv7();
  test.each([
    ['nobody', {}],
    ['by user_id and owner', { user_id: id, owner: { type: 'user', id } }],
    ['of another type', { owner: { type: 'team', id } }],
    ['without an id', { owner: { type: 'user' } }],
  ])('in a body, %s: 422', async (_name, owner) => {
    expect((await post('spend', { ...owner, cost: 1 })).status).toBe(422);
    expect((await post('reservations', { ...owner, amount: 1, idempotency_key: uuidv7() })).status).toBe(422);
  });

  test.each(['', `user_id=${id}&owner_type=user&owner_id=${id}`, 'owner_type=user', `owner_id=${id}`])(
    'in a query, "%s": 422',
    async (query) => {
      expect((await credits.send('GET', `/internal/credits/balance?${query}`)).status).toBe(422);
    },
  );

  test('a user by user_id or as an owner: the same account, and the same hold', async () => {
    const user = await credits.userWith(9);
    const owner = { type: 'user', id: user };
    expect(await balanceOf(owner)).toBe(9);
    const key = uuidv7();
    const short = await credits.reserve(user, 4, { idempotency_key: key });
    const long = await post('reservations', { owner, amount: 4, idempotency_key: key });
    expect([long.status, long.body]).toEqual([201, short.body]);
    expect(long.headers.get('idempotency-replayed')).toBe('true');
  });
});
