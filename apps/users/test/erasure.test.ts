import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteAccount, erasureCompleted, ledgerSums, makePerson, receiptOf, tracesOf, type Person } from './person.ts';
import { startStack, type Stack } from './stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

describe('deleting the own account', () => {
  let person: Person;
  let sumsBefore: unknown;
  beforeAll(async () => {
    person = await makePerson(stack);
    expect((await tracesOf(stack, person)).length).toBeGreaterThan(4);
    sumsBefore = await ledgerSums(stack);
    await deleteAccount(stack, person);
  });

  test('leaves nothing of the person in any database or in Redis', async () => {
    await erasureCompleted(stack, person);
    expect(await tracesOf(stack, person)).toEqual([]);
  });

  test('leaves a receipt that an operator can look up', async () => {
    const { id } = await erasureCompleted(stack, person);
    const receipt = await stack.asOperator('users', 'GET', `/api/v1/users/admin/erasures/${id}`);
    expect(receipt).toMatchObject({
      status: 200,
      body: { id, user_id: person.userId, requested_by: 'user', status: 'completed', completed_at: expect.any(String) },
    });
    const { steps } = receipt.body as { steps: { target: string; status: string }[] };
    expect(steps.map(({ target, status }) => [target, status])).toEqual([
      ['auth', 'done'],
      ['backend:example', 'done'],
      ['credits', 'done'],
      ['llm', 'done'],
      ['usage', 'done'],
      ['redis', 'done'],
    ]);
  });

  test('leaves the ledger’s sums as they were', async () => {
    await erasureCompleted(stack, person);
    expect(await ledgerSums(stack)).toEqual(sumsBefore);
  });

  test('makes the user 410 or 404 everywhere', async () => {
    await erasureCompleted(stack, person);
    const { userId } = person;
    const gone = await Promise.all([
      stack.asService('users', 'GET', `/internal/users/${userId}`),
      stack.asService('users', 'PATCH', `/internal/users/${userId}`, { display_name: 'Back' }),
      stack.asService('users', 'PUT', `/internal/users/${userId}/status`, { status: 'active' }),
      stack.asUser(userId, 'users', 'GET', '/api/v1/users/me/export'),
      stack.asOperator('users', 'PUT', `/api/v1/users/admin/${userId}/tier`, { tier: 'pro' }),
      stack.asOperator('users', 'POST', `/api/v1/users/admin/${userId}/erasures`),
      stack.asUser(userId, 'example-downstream', 'POST', '/api/v1/timepoints/generate/sync', { query: 'again' }),
    ]);
    expect(gone.map(({ status }) => status)).toEqual(Array(7).fill(410));
    expect((await stack.asService('users', 'GET', `/internal/users/lookup?ref=${userId}`)).status).toBe(404);
    expect(
      (await stack.asOperator('credits', 'POST', '/api/v1/credits/admin/grant', { user_id: userId, amount: 1 })).status,
    ).toBe(404);
    const token = await stack.asService('auth', 'POST', '/internal/auth/introspect', { token: person.accessToken });
    expect(token.body).toEqual({ active: false });
  });
});

test('an operator erases a user, and is told so in the receipt', async () => {
  const person = await makePerson(stack);
  const begun = await stack.asOperator('users', 'POST', `/api/v1/users/admin/${person.userId}/erasures`);
  expect(begun).toMatchObject({ status: 202, body: { user_id: person.userId, requested_by: 'operator' } });
  await erasureCompleted(stack, person);
  expect(await tracesOf(stack, person)).toEqual([]);
  const token = await stack.asService('auth', 'POST', '/internal/auth/introspect', { token: person.accessToken });
  expect(token.body).toEqual({ active: false });
});

test('other people keep everything', async () => {
  const [stays, goes] = [await makePerson(stack), await makePerson(stack)];
  const before = await tracesOf(stack, stays);
  await deleteAccount(stack, goes);
  await erasureCompleted(stack, goes);
  expect((await tracesOf(stack, stays)).length).toBe(before.length);
});

test('erasing twice at once, by the user and an operator, completes both', async () => {
  const person = await makePerson(stack);
  await Promise.all([
    deleteAccount(stack, person),
    stack.asOperator('users', 'POST', `/api/v1/users/admin/${person.userId}/erasures`),
  ]);
  await erasureCompleted(stack, person);
  expect((await receiptOf(stack, person)).steps.every(({ status }) => status === 'done')).toBe(true);
  expect(await tracesOf(stack, person)).toEqual([]);
});

describe('403 and 404', () => {
  test.each([
    ['GET', '/api/v1/users/admin/erasures'],
    ['GET', '/api/v1/users/admin/erasures/01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f'],
    ['GET', '/api/v1/users/admin/01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f'],
    ['PUT', '/api/v1/users/admin/01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f/tier'],
    ['PUT', '/api/v1/users/admin/01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f/status'],
    ['POST', '/api/v1/users/admin/01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f/erasures'],
  ])('%s %s', async (method, path) => {
    expect((await stack.asService('users', method, path)).body).toMatchObject({
      status: 403,
      detail: 'Invalid admin key',
    });
    const body = path.endsWith('tier') ? { tier: 'pro' } : path.endsWith('status') ? { status: 'disabled' } : undefined;
    const known = path === '/api/v1/users/admin/erasures';
    expect((await stack.asOperator('users', method, path, body)).status).toBe(known ? 200 : 404);
  });
});
