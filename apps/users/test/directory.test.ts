import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HEADER, type OperatorRole } from '@turnpike/contracts';
import { makePerson, type Person } from './person.ts';
import { startStack, type Stack } from './stack.ts';

/** Users as operators find them: by a whole address or id and by status; names, memberships and sign-ins are asked of auth. */

const USERS = '/platform/api/admin/users';

let stack: Stack;
let ann: Person;
let ben: Person;
beforeAll(async () => {
  stack = await startStack();
  ann = await makePerson(stack);
  ben = await makePerson(stack);
});
afterAll(() => stack.stop());

type Page = { items: { id: string }[]; total: number; next_cursor: string | null };
const find = (query = '') => stack.asOperator('users', 'GET', `${USERS}?${query}`);
const idsOf = async (query: string) => ((await find(query)).body as Page).items.map(({ id }) => id);
const mailOf = ({ canary }: Person) => `${canary}@example.com`;

describe('success', () => {
  test('newest first, with what auth knows', async () => {
    const made = await stack.asUser(
      ben.userId,
      'auth',
      'POST',
      '/platform/api/global/tenants',
      { name: 'Acme' },
      { 'x-gateway-session-id': ben.sessionId },
    );
    expect(made.status).toBe(201);
    await stack.databases.auth.query("UPDATE account SET first_name = 'Ben' WHERE user_id = $1", [ben.userId]);
    await stack.databases.auth.query("INSERT INTO operator (user_id, role, granted_by) VALUES ($1, 'admin', 'test')", [
      ben.userId,
    ]);
    const { status, body } = await find('limit=1');
    expect([status, body]).toEqual([
      200,
      {
        items: [
          {
            id: ben.userId,
            email: mailOf(ben),
            first_name: 'Ben',
            last_name: null,
            status: 'active',
            tier: 'pro',
            balance: 57,
            email_verified: false,
            is_platform_admin: true,
            tenants: 1,
            created_at: expect.stringMatching(/Z$/),
            last_login_at: expect.stringMatching(/Z$/),
          },
        ],
        total: 2,
        limit: 1,
        offset: 0,
        next_cursor: ben.userId,
      },
    ]);
    expect((await find(`limit=1&cursor=${ben.userId}`)).body).toMatchObject({
      items: [{ id: ann.userId, is_platform_admin: false, tenants: 0 }],
      next_cursor: null,
    });
  });

  test('by id or a whole address in any case, and not by a part of one', async () => {
    for (const q of [ann.userId, mailOf(ann), mailOf(ann).toUpperCase()])
      expect(await idsOf(`q=${q}`)).toEqual([ann.userId]);
    for (const q of [mailOf(ann).slice(1), '%25@example.com']) expect(await idsOf(`q=${q}`)).toEqual([]);
    for (const part of [ann.canary, '@example.com', '']) expect((await find(`q=${part}`)).status).toBe(422);
  });

  test('by an address that only auth has seen proven', async () => {
    await stack.databases.auth.query(
      "INSERT INTO identity (id, user_id, provider, subject, email, email_verified) VALUES (gen_random_uuid(), $1, 'google', '4711', 'Ann.Work@example.com', true)",
      [ann.userId],
    );
    expect(await idsOf('q=ann.work@example.com')).toEqual([ann.userId]);
    // From then on it is the one that they are shown by, in the list as on their own.
    const now = { email: 'Ann.Work@example.com', email_verified: true };
    expect((await find(`q=${ann.userId}`)).body).toMatchObject({ items: [now] });
    expect((await stack.asOperator('users', 'GET', `/api/v1/users/admin/${ann.userId}`)).body).toMatchObject(now);
  });

  test('by tier, by a service’s id, by the prefix of a key and by the id of a request, also together', async () => {
    const resolved = await stack.asService('users', 'POST', '/api/v1/users/resolve', { external_id: 'customer-4711' });
    const { user_id: id } = resolved.body as { user_id: string };
    expect(await idsOf('external_id=customer-4711')).toEqual([id]);
    expect(await idsOf('external_id=customer-47')).toEqual([]);
    expect(await idsOf('tier=pro')).toEqual([ben.userId, ann.userId]);
    const { body } = await stack.asOperator('auth', 'GET', `/platform/api/admin/keys?user_id=${ann.userId}`);
    const [key] = (body as { items: { prefix: string }[] }).items;
    expect(await idsOf(`key_prefix=${key?.prefix}`)).toEqual([ann.userId]);
    await stack.databases.usage.query(
      `INSERT INTO request_record (at, id, request_id, caller, user_id, method, status, duration_us, attempts, request_bytes, response_bytes)
       VALUES (now(), gen_random_uuid(), 'asked-about', 'user', $1, 'GET', 402, 1, 0, 0, 0)`,
      [ben.userId],
    );
    expect(await idsOf('request_id=asked-about')).toEqual([ben.userId]);
    expect(await idsOf(`request_id=asked-about&key_prefix=${key?.prefix}`)).toEqual([]);
    expect(await idsOf('request_id=asked-about&tier=pro&status=active')).toEqual([ben.userId]);
    expect(await idsOf('request_id=nobody-asked')).toEqual([]);
  });

  test('by status; who never signed in is listed without what auth would know', async () => {
    const resolved = await stack.asService('users', 'POST', '/api/v1/users/resolve', {
      external_id: 'never-signed-in',
    });
    const { user_id: id } = resolved.body as { user_id: string };
    await stack.asOperator('users', 'PUT', `/api/v1/users/admin/${id}/status`, { status: 'disabled' });
    expect((await find('status=disabled')).body).toMatchObject({
      items: [{ id, status: 'disabled', email: null, first_name: null, last_login_at: null, tenants: 0 }],
      total: 1,
    });
    expect(await idsOf(`status=active&q=${id}`)).toEqual([]);
  });
});

describe('403', () => {
  const asPerson = (role: OperatorRole | undefined) =>
    stack.asUser(ben.userId, 'users', 'GET', USERS, undefined, {
      [HEADER.gatewaySessionId]: ben.sessionId,
      ...(role === undefined ? {} : { [HEADER.gatewayOperator]: role }),
    });

  test('for who is no operator; every role may read', async () => {
    expect((await asPerson(undefined)).status).toBe(403);
    for (const role of ['viewer', 'support', 'admin'] as const) expect((await asPerson(role)).status).toBe(200);
  });
});

test('without balances while credits is down: nothing is said of what nobody could read', async () => {
  await stack.apps.credits.kill();
  const { status, body } = await find(`q=${ben.userId}`);
  expect([status, body]).toMatchObject([200, { items: [{ id: ben.userId, balance: null }] }]);
  await stack.start('credits');
  expect((await find(`q=${ben.userId}`)).body).toMatchObject({ items: [{ balance: 57 }] });
});

test('503 while auth is down: an answer without half of what it says would be taken for true', async () => {
  await stack.apps.auth.kill();
  expect((await find()).status).toBe(503);
  await stack.start('auth');
  expect((await find()).status).toBe(200);
});
