import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { deleteAccount, erasureCompleted, makePerson } from './person.ts';
import { startStack, type Stack } from './stack.ts';

/** What operators and services do to a user is in the audit trail, which the person may read, until the person is erased. */

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly detail: Record<string, unknown>;
}

async function trailOf(userId: string): Promise<Entry[]> {
  const answer = await stack.asOperator('auth', 'GET', `/api/v1/auth/admin/audit?limit=100&user_id=${userId}`);
  return (answer.body as { items: Entry[] }).items;
}

async function recorded(userId: string, entry: Entry): Promise<void> {
  await waitFor(async () => {
    expect(await trailOf(userId)).toContainEqual(expect.objectContaining(entry));
    return true;
  });
}

test('a service that makes a user is named', async () => {
  const { body } = await stack.asService('users', 'POST', '/api/v1/users/resolve', { external_id: 'audited' });
  await recorded((body as { user_id: string }).user_id, {
    action: 'user.created',
    actor: 'service',
    detail: { caller: 'internal' },
  });
});

test('what an operator does and one’s own export are listed, what had no effect is not, and erasure unties them from the person', async () => {
  const person = await makePerson(stack);
  const admin = `/api/v1/users/admin/${person.userId}`;
  for (const tier of ['enterprise', 'enterprise']) await stack.asOperator('users', 'PUT', `${admin}/tier`, { tier });
  await stack.asOperator('users', 'PUT', `${admin}/status`, { status: 'active' });
  await stack.asUser(person.userId, 'users', 'GET', '/api/v1/users/me/export');
  await recorded(person.userId, {
    action: 'user.tier_changed',
    actor: 'operator',
    detail: { tier: 'enterprise', tier_before: 'pro' },
  });
  await recorded(person.userId, { action: 'export.downloaded', actor: 'user', detail: {} });
  const actions = (await trailOf(person.userId)).map(({ action }) => action);
  expect(actions.filter((action) => action.startsWith('user.'))).toEqual(['user.tier_changed']);
  const own = await stack.asUser(person.userId, 'auth', 'GET', '/api/v1/auth/audit', undefined, {
    'x-gateway-session-id': person.sessionId,
  });
  expect((own.body as { items: Entry[] }).items.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['user.tier_changed', 'export.downloaded']),
  );

  await deleteAccount(stack, person);
  const { id } = await erasureCompleted(stack, person);
  expect(await trailOf(person.userId)).toEqual([]);
  await waitFor(async () => {
    const all = await stack.asOperator('auth', 'GET', '/api/v1/auth/admin/audit?action=erasure.completed');
    expect((all.body as { items: Entry[] }).items).toContainEqual(
      expect.objectContaining({ detail: { receipt_id: id } }),
    );
    return true;
  });
});

test('disabling a user ends the session, and enabling lets the person sign in again', async () => {
  const person = await makePerson(stack);
  const status = `/api/v1/users/admin/${person.userId}/status`;
  const active = async (token: string) =>
    ((await stack.asService('auth', 'POST', '/internal/auth/introspect', { token })).body as { active: boolean })
      .active;
  expect(await active(person.accessToken)).toBe(true);
  await stack.asOperator('users', 'PUT', status, { status: 'disabled' });
  await waitFor(async () => !(await active(person.accessToken)));
  expect(
    (await stack.asOperator('auth', 'POST', '/api/v1/auth/service-token', { user_id: person.userId })).status,
  ).toBe(404);
  await stack.asOperator('users', 'PUT', status, { status: 'active' });
  await waitFor(
    async () =>
      (await stack.asOperator('auth', 'POST', '/api/v1/auth/service-token', { user_id: person.userId })).status === 200,
  );
});
