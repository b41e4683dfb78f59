import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HEADER, type OperatorRole } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { makePerson, type Person } from './person.ts';
import { startStack, type Member, type Stack } from './stack.ts';

/** What operators who are persons may do to users, that they have to say why, and that the trail names them. */

let stack: Stack;
let operator: Person;
let person: Person;
beforeAll(async () => {
  stack = await startStack();
  operator = await makePerson(stack);
  person = await makePerson(stack);
  // Known to auth by a proven address, as whoever is made an operator is.
  await stack.databases.auth.query(
    "INSERT INTO identity (id, user_id, provider, subject, email, email_verified) VALUES (gen_random_uuid(), $1, 'email', $2, $2, true)",
    [operator.userId, `${operator.canary}@example.com`],
  );
  await stack.databases.auth.query("INSERT INTO operator (user_id, role, granted_by) VALUES ($1, 'admin', 'test')", [
    operator.userId,
  ]);
});
afterAll(() => stack.stop());

const as = (
  role: OperatorRole,
  member: Member,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
) =>
  stack.asUser(operator.userId, member, method, path, body, {
    [HEADER.gatewaySessionId]: operator.sessionId,
    [HEADER.gatewayOperator]: role,
    ...headers,
  });

interface Entry {
  readonly action: string;
  readonly user_id: string | null;
  readonly operator: { id: string; name: string } | null;
  readonly detail: Record<string, unknown>;
}
const trail = async (query: string) =>
  ((await as('viewer', 'auth', 'GET', `/api/v1/auth/admin/audit?${query}`)).body as { items: Entry[] }).items;

const userPath = () => `/api/v1/users/admin/${person.userId}`;

const erasures = '/api/v1/users/admin/erasures';

describe.each<[Member, OperatorRole, string, () => string, () => object]>([
  ['users', 'support', 'PUT', () => `${userPath()}/tier`, () => ({ tier: 'enterprise' })],
  ['users', 'support', 'PUT', () => `${userPath()}/status`, () => ({ status: 'active' })],
  ['users', 'support', 'POST', () => `${userPath()}/erasures`, () => ({})],
  ['users', 'support', 'POST', () => `${erasures}/${person.userId}/retry`, () => ({})],
  ['credits', 'admin', 'POST', () => '/api/v1/credits/admin/grant', () => ({ user_id: person.userId, amount: 3 })],
  ['credits', 'admin', 'PUT', () => '/api/v1/credits/admin/costs/acted-on', () => ({ cost: 2 })],
  ['credits', 'admin', 'DELETE', () => '/api/v1/credits/admin/costs/acted-on', () => ({})],
  ['credits', 'admin', 'POST', () => '/api/v1/credits/admin/write-off', () => ({ user_id: person.userId })],
])('%s, %s: %s', (member, least, method, path, body) => {
  test('is refused to lower roles and without a reason', async () => {
    const below: OperatorRole[] = least === 'admin' ? ['viewer', 'support'] : ['viewer'];
    for (const role of below)
      expect([role, (await as(role, member, method, path(), { ...body(), reason: 'asked by mail' })).status]).toEqual([
        role,
        403,
      ]);
    const unexplained = await as(least, member, method, path(), body());
    expect([unexplained.status, unexplained.body]).toEqual([
      422,
      expect.objectContaining({ errors: [expect.objectContaining({ path: 'body.reason' })] }),
    ]);
  });
});

test('an act is in the trail under its request, with the operator’s address and the reason, which the person is not shown', async () => {
  const request = randomUUID();
  const changed = await as(
    'support',
    'users',
    'PUT',
    `${userPath()}/tier`,
    { tier: 'enterprise', reason: 'ticket 4711' },
    { [HEADER.requestId]: request },
  );
  expect(changed.status).toBe(200);
  await waitFor(async () => (await trail(`request_id=${request}`)).length === 1);
  const [entry] = await trail(`operator_id=${operator.userId}&actor=operator`);
  expect(entry).toMatchObject({
    action: 'user.tier_changed',
    user_id: person.userId,
    operator: { id: operator.userId, name: `${operator.canary}@example.com` },
    detail: { tier: 'enterprise', tier_before: 'pro', reason: 'ticket 4711' },
  });
  const own = await stack.asUser(person.userId, 'auth', 'GET', '/api/v1/auth/audit', undefined, {
    [HEADER.gatewaySessionId]: person.sessionId,
  });
  expect(JSON.stringify(own.body)).toContain('user.tier_changed');
  for (const secret of ['ticket 4711', operator.canary, operator.userId])
    expect(JSON.stringify(own.body)).not.toContain(secret);
});

test('prices and grants name the operator too', async () => {
  const request = randomUUID();
  const headers = { [HEADER.requestId]: request };
  const reason = 'autumn prices';
  await as('admin', 'credits', 'PUT', '/api/v1/credits/admin/costs/autumn', { cost: 2, reason }, headers);
  await as(
    'admin',
    'credits',
    'POST',
    '/api/v1/credits/admin/grant',
    { user_id: person.userId, amount: 3, reason },
    headers,
  );
  await waitFor(async () => (await trail(`request_id=${request}`)).length === 2);
  for (const entry of await trail(`request_id=${request}`))
    expect(entry).toMatchObject({ operator: { id: operator.userId }, detail: { reason } });
});

test('a programme is named as one, and may leave the reason out', async () => {
  const request = randomUUID();
  await stack.asOperator('users', 'PUT', `${userPath()}/tier`, { tier: 'free' }, { [HEADER.requestId]: request });
  await waitFor(async () => (await trail(`request_id=${request}`)).length === 1);
  expect((await trail(`request_id=${request}`))[0]).toMatchObject({ operator: { id: null, name: 'admin key' } });
});

test('the price list tells who set a price, and why, as far as the trail knows', async () => {
  const reason = 'winter prices';
  await as('admin', 'credits', 'PUT', '/api/v1/credits/admin/costs/winter', { cost: 2, reason });
  const versions = () => as('viewer', 'credits', 'GET', '/platform/api/admin/prices/winter/versions');
  await waitFor(async () => {
    expect((await versions()).body).toMatchObject({
      items: [
        { cost: 2, source: 'admin', reason, set_by: { id: operator.userId, name: `${operator.canary}@example.com` } },
      ],
    });
    return true;
  });
});

test('an erasure that waits for its next attempt is tried at once when support asks', async () => {
  const leaving = await makePerson(stack);
  await stack.apps.credits.kill();
  const reason = 'asked by letter';
  const asked = await as('support', 'users', 'POST', `/api/v1/users/admin/${leaving.userId}/erasures`, { reason });
  expect(asked.status).toBe(202);
  const { id } = asked.body as { id: string };
  const step = async () => {
    const { steps } = (await as('viewer', 'users', 'GET', `${erasures}/${id}`)).body as {
      steps: { target: string; status: string; attempts: number; last_error: string | null }[];
    };
    return steps.find(({ target }) => target === 'credits');
  };
  await waitFor(async () => (await step())?.last_error !== null);
  // As after many attempts.
  await stack.databases.users.query(
    "UPDATE erasure_step SET next_attempt_at = now() + interval '1 hour' WHERE erasure_id = $1 AND target = 'credits'",
    [id],
  );
  await stack.start('credits');
  const { items } = (await as('viewer', 'users', 'GET', `${erasures}?status=running&order=oldest`)).body as {
    items: { id: string }[];
  };
  expect(items.map((one) => one.id)).toContain(id);
  expect((await as('support', 'users', 'POST', `${erasures}/${id}/retry`, { reason })).status).toBe(200);
  await waitFor(async () => (await step())?.status === 'done');
});
