import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient } from '@turnpike/test-kit';
import { startCredits, type Credits } from './start-credits.ts';

let credits: Credits;
let owner: pg.Client;
let user: string;
let admin: Record<string, string>;
beforeAll(async () => {
  credits = await startCredits();
  owner = await openClient({ connectionString: credits.database.url });
  user = await credits.userWith(50);
  admin = { 'x-admin-key': String(credits.env['ADMIN_API_KEY']) };
});
afterAll(async () => {
  await owner.end();
  await credits.stop();
});

/** Rows of everything that a request could have written. */
async function rows(): Promise<string> {
  const { rows: counted } = await owner.query<{ counts: string }>(
    `SELECT concat_ws('/', (SELECT count(*) FROM account), (SELECT count(*) FROM "grant"), (SELECT count(*) FROM reservation),
       (SELECT count(*) FROM transfer), (SELECT count(*) FROM price), (SELECT count(*) FROM idempotency)) AS counts`,
  );
  return counted[0]?.counts ?? '';
}

/** JSON texts of amounts that are none. `null` stands for "absent" on optional fields, so it is not among them. */
const AMOUNTS = [
  '0',
  '-1',
  '0.5',
  '1.000001',
  '9223372036854775808',
  '1e400',
  'NaN',
  '"1e3"',
  '"5"',
  '""',
  'true',
  '[5]',
  '{}',
  '1000000001',
];
/** Not JSON at all. */
const MALFORMED = new Set(['NaN']);

describe('an amount that is none: 422 (400 where it is not even JSON), and no row', () => {
  const routes: [string, (amount: string) => [string, string, Record<string, string>?]][] = [
    [
      'a hold',
      (amount) => [
        '/internal/credits/reservations',
        `{"user_id":"${user}","amount":${amount},"idempotency_key":"${uuidv7()}"}`,
      ],
    ],
    ['a charge', (amount) => ['/internal/credits/spend', `{"user_id":"${user}","cost":${amount}}`]],
    [
      'a grant',
      (amount) => [
        '/internal/credits/grants',
        `{"user_id":"${user}","amount":${amount},"source":"a","source_ref":"b","transaction_type":"adjustment"}`,
      ],
    ],
    ['an admin grant', (amount) => ['/api/v1/credits/admin/grant', `{"user_id":"${user}","amount":${amount}}`, admin]],
  ];
  test.each(routes)('%s', async (_name, request) => {
    const before = await rows();
    for (const amount of AMOUNTS) {
      const [path, body, headers] = request(amount);
      const answer = await credits.send('POST', path, body, { 'content-type': 'application/json', ...headers });
      expect([amount, answer.status]).toEqual([amount, MALFORMED.has(amount) ? 400 : 422]);
    }
    expect(await rows()).toBe(before);
  });

  test('a price, which may be a decimal and nothing', async () => {
    const before = await rows();
    const prices = new Set(['0', '0.5', '1.000001', '"5"']);
    for (const amount of AMOUNTS.filter((one) => !MALFORMED.has(one) && !prices.has(one))) {
      const answer = await credits.send('PUT', '/api/v1/credits/admin/costs/chat', `{"cost":${amount}}`, {
        'content-type': 'application/json',
        ...admin,
      });
      expect([amount, answer.status]).toEqual([amount, 422]);
    }
    expect(await rows()).toBe(before);
  });

  test('a settlement, where 0 is a cost like any other', async () => {
    const { body } = await credits.reserve(user, 5);
    for (const amount of AMOUNTS.filter((one) => one !== '0' && !MALFORMED.has(one))) {
      const path = `/internal/credits/reservations/${String(body['reservation_id'])}/settle`;
      const answer = await credits.send('POST', path, `{"amount":${amount}}`, { 'content-type': 'application/json' });
      expect([amount, answer.status]).toEqual([amount, 422]);
    }
    expect((await credits.settle(body['reservation_id'], { amount: 0 })).body).toMatchObject({
      charged: 0,
      balance_after: 50,
    });
  });

  test('a hold in micro-credits', async () => {
    const hold = (more: object) =>
      credits.send('POST', '/internal/credits/reservations', {
        user_id: user,
        amount: 5,
        idempotency_key: uuidv7(),
        ...more,
      });
    for (const amount_micro of ['', '0', '00', '-1', '1.5', '1e3', ' 5', '0x10', '1000000000000001', 5])
      expect([amount_micro, (await hold({ amount: undefined, amount_micro })).status]).toEqual([amount_micro, 422]);
    expect((await hold({ amount_micro: '1' })).status).toBe(422);
    expect((await hold({ amount: undefined, amount_micro: '1', operation: 'chat' })).status).toBe(422);
  });

  test('a settlement in micro-credits', async () => {
    const { body } = await credits.reserve(user, 5);
    for (const amount_micro of ['', '-1', '1.5', '1e3', ' 5', '0x10', '1000000000000001', '9223372036854775808', 5])
      expect([amount_micro, (await credits.settle(body['reservation_id'], { amount_micro })).status]).toEqual([
        amount_micro,
        422,
      ]);
    expect((await credits.settle(body['reservation_id'], { amount: 1, amount_micro: '1' })).status).toBe(422);
    expect((await credits.settle(body['reservation_id'], { amount_micro: '0' })).body).toMatchObject({ charged: 0 });
  });

  test.each(['0', '-1', '0.5', '1e3', 'NaN', '', '9223372036854775808', '0x10', ' 5'])(
    'a check of cost %j',
    async (cost) => {
      expect(
        (await credits.send('GET', `/internal/credits/check?user_id=${user}&cost=${encodeURIComponent(cost)}`)).status,
      ).toBe(422);
    },
  );
});

describe('other fields', () => {
  const hold = (more: object): object => ({ user_id: user, amount: 5, idempotency_key: uuidv7(), ...more });
  test.each<[string, object]>([
    ['neither operation nor amount', { amount: undefined }],
    ['both operation and amount', { operation: 'chat' }],
    ['an operation with a strange name', { amount: undefined, operation: "chat'; --" }],
    ['a user that is no UUID', { user_id: 'somebody' }],
    ['no user', { user_id: undefined }],
    ['no key', { idempotency_key: undefined }],
    ['an empty key', { idempotency_key: '' }],
    ['a key past 255 characters', { idempotency_key: 'k'.repeat(256) }],
    ['a key with a NUL', { idempotency_key: 'k\0' }],
    ['a life of 0 seconds', { ttl_seconds: 0 }],
    ['a life of a day', { ttl_seconds: 86_400 }],
    ['a fraction of a second', { ttl_seconds: 1.5 }],
    ['an unknown type', { transaction_type: 'gift' }],
  ])('a hold with %s: 422', async (_name, more) => {
    const before = await rows();
    const answer = await credits.send('POST', '/internal/credits/reservations', hold(more));
    expect([answer.status, answer.body['code']]).toEqual([422, 'request.invalid']);
    expect(await rows()).toBe(before);
  });

  test('a megabyte of JSON: 413', async () => {
    const before = await rows();
    const answer = await credits.send(
      'POST',
      '/internal/credits/reservations',
      hold({ padding: 'x'.repeat(1_048_576) }),
    );
    expect([answer.status, answer.body['code']]).toEqual([413, 'request.too_large']);
    expect(await rows()).toBe(before);
  });

  test('a grant that ends in the past: 422', async () => {
    const answer = await credits.grant(user, 5, { expires_at: new Date(Date.now() - 1_000).toISOString() });
    expect([answer.status, answer.body['detail']]).toEqual([422, 'body.expires_at: Must be in the future']);
  });

  test('unknown fields are ignored', async () => {
    expect((await credits.send('POST', '/internal/credits/reservations', hold({ shade: 'blue' }))).status).toBe(201);
  });

  test('balances have a ceiling far below what a bigint holds: past it 422, never an overflow', async () => {
    const rich = uuidv7();
    await owner.query(
      `SELECT ledger_grant(jsonb_build_object('owner_type', 'user', 'owner_id', $1::text, 'amount', '999999999999999999', 'source', 'test', 'transaction_type', 'adjustment', 'actor', 'test'))`,
      [rich],
    );
    const answer = await credits.grant(rich, 1);
    expect([answer.status, answer.body['code']]).toEqual([422, 'request.invalid']);
  });
});
