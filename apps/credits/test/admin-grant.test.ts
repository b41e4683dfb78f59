import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { EVENTS } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient, createTestDatabase, startApp, type RunningApp, type TestDatabase } from '@turnpike/test-kit';
import { call, NOWHERE, SERVICE_KEY, startCredits, type Answer, type Credits } from './start-credits.ts';

/** The real users service beside credits: whether there is such a user is its knowledge. */
let credits: Credits;
let users: RunningApp;
let usersDatabase: TestDatabase;
let owner: pg.Client;
beforeAll(async () => {
  usersDatabase = await createTestDatabase('users');
  // Users makes sign-up grants by events of its own Redis; here nobody listens to them.
  users = await startApp('users', {
    ...usersDatabase.env,
    REDIS_URL: 'redis://127.0.0.1:9',
    USERS_PORT: '0',
    AUTH_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
  });
  credits = await startCredits({ USERS_URL: users.url });
  owner = await openClient({ connectionString: credits.database.url });
});
afterAll(async () => {
  await owner.end();
  await credits.stop();
  await users.stop();
  await usersDatabase.drop();
});

async function newUser(): Promise<string> {
  const answer = await call(users.url, 'POST', '/internal/users/find-or-create', { external_key: `apple:${uuidv7()}` });
  return (answer.body as unknown as { user: { id: string } }).user.id;
}

/** What was reported to the audit trail about a user. */
async function reportsOf(user: string): Promise<unknown[]> {
  const { rows } = await owner.query<{ payload: unknown }>(
    "SELECT payload FROM outbox WHERE type = 'audit.recorded' AND payload->>'user_id' = $1",
    [user],
  );
  return rows.map(({ payload }) => EVENTS['audit.recorded'].payload.parse(payload));
}

const grant = (body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  credits.send('POST', '/api/v1/credits/admin/grant', body, {
    'x-admin-key': String(credits.env['ADMIN_API_KEY']),
    ...headers,
  });

describe('success', () => {
  test('returns what is granted and what the user can spend now', async () => {
    const user = await newUser();
    await credits.grant(user, 50);
    const answer = await grant({ user_id: user, amount: 100 });
    expect([answer.status, answer.body]).toEqual([200, { balance: 150, granted: 100 }]);
    expect((await credits.get(user, '/api/v1/credits/history?limit=1')).body).toMatchObject([
      { amount: 100, balance_after: 150, type: 'admin_grant', description: 'Granted by an operator' },
    ]);
  });

  test('takes type, description and expiry', async () => {
    const user = await newUser();
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    await grant({
      user_id: user,
      amount: 5,
      transaction_type: 'refund',
      description: 'Sorry about Tuesday',
      expires_at,
    });
    expect((await credits.get(user, '/api/v1/credits/history')).body).toMatchObject([
      { amount: 5, type: 'refund', description: 'Sorry about Tuesday' },
    ]);
  });

  test('takes an expiry with any offset, and means the same moment', async () => {
    const user = await newUser();
    const soon = new Date(Date.now() + 1_800_000).toISOString().slice(0, 19);
    // An hour east of it, that clock time is half an hour ago.
    expect((await grant({ user_id: user, amount: 5, expires_at: `${soon}+01:00` })).status).toBe(422);
    expect((await grant({ user_id: user, amount: 5, expires_at: `${soon}+00:00` })).status).toBe(200);
    expect((await grant({ user_id: user, amount: 5, expires_at: `${soon}-01:00` })).status).toBe(200);
    expect(await credits.balance(user)).toBe(10);
  });

  test('grants anew with each call, and once per Idempotency-Key', async () => {
    const user = await newUser();
    const key = { 'idempotency-key': uuidv7() };
    await grant({ user_id: user, amount: 5 });
    await grant({ user_id: user, amount: 5 });
    const first = await grant({ user_id: user, amount: 7 }, key);
    const again = await grant({ user_id: user, amount: 7 }, key);
    expect(again.body).toEqual(first.body);
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect((await grant({ user_id: user, amount: 8 }, key)).status).toBe(409);
    expect(await credits.balance(user)).toBe(17);
  });

  test('is reported to the audit trail, once for a request that is repeated', async () => {
    const user = await newUser();
    const headers = { 'idempotency-key': uuidv7(), 'x-request-id': 'grant-of-a-test' };
    await grant({ user_id: user, amount: 7 }, headers);
    await grant({ user_id: user, amount: 7 }, headers);
    expect(await reportsOf(user)).toEqual([
      expect.objectContaining({
        action: 'credits.granted',
        actor: 'operator',
        request_id: 'grant-of-a-test',
        detail: { amount: 7, transaction_type: 'admin_grant' },
      }),
    ]);
  });
});

describe('refusals', () => {
  test('404 for a user that users does not know', async () => {
    const answer = await grant({ user_id: uuidv7(), amount: 5 });
    expect([answer.status, answer.body['code'], answer.body['detail']]).toEqual([
      404,
      'resource.not_found',
      'User not found',
    ]);
  });

  test('422 for a type that no grant has', async () => {
    expect((await grant({ user_id: await newUser(), amount: 5, transaction_type: 'expiry' })).status).toBe(422);
  });

  test('a grant that is refused is not reported', async () => {
    const user = await newUser();
    await grant({ user_id: user, amount: 5, expires_at: '2020-01-01T00:00:00Z' });
    expect(await reportsOf(user)).toEqual([]);
  });
});
