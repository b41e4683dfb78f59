import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startUsers, type Users } from './start-users.ts';

let users: Users;
beforeAll(async () => {
  users = await startUsers();
});
afterAll(() => users.stop());

const resolve = (body: unknown, headers?: Record<string, string>) =>
  users.send('POST', '/api/v1/users/resolve', body, headers);

describe('200', () => {
  test('100 parallel calls make one user, and one of them made it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => resolve({ external_id: 'crowd-1', email: 'crowd@example.com' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    const bodies = answers.map(({ body }) => body as { user_id: string; created: boolean });
    expect(new Set(bodies.map(({ user_id }) => user_id)).size).toBe(1);
    expect(bodies.filter(({ created }) => created)).toHaveLength(1);
  });

  test('an address never matches: two external ids with one address are two users', async () => {
    const first = await resolve({ external_id: 'same-mail-1', email: 'same@example.com' });
    const second = await resolve({ external_id: 'same-mail-2', email: 'same@example.com' });
    expect(second.body).toMatchObject({ created: true });
    expect((first.body as { user_id: string }).user_id).not.toBe((second.body as { user_id: string }).user_id);
  });

  test('an existing user is not changed by what a later call says', async () => {
    const { body } = await resolve({ external_id: 'kept', email: 'first@example.com', display_name: 'First' });
    const { user_id: id } = body as { user_id: string };
    expect(await resolve({ external_id: 'kept', email: 'second@example.com', display_name: 'Second' })).toMatchObject({
      status: 200,
      body: { user_id: id, created: false },
    });
    expect((await users.send('GET', `/internal/users/${id}`)).body).toMatchObject({
      email: 'first@example.com',
      email_verified: false,
      display_name: 'First',
      tier: 'free',
      status: 'active',
    });
  });

  test.each(['r&d@example.com', 'u@xn--e1afmkfd.xn--p1ai', 'zoë@münchen.de'])(
    'an address such as %s is kept',
    async (email) => {
      const { body } = await resolve({ external_id: email, email });
      const { user_id: id } = body as { user_id: string };
      expect((await users.send('GET', `/internal/users/${id}`)).body).toMatchObject({ email });
    },
  );

  test('ids are compared exactly and may hold any text', async () => {
    const made = await Promise.all(
      ['Case', 'case', ' case', 'ünï¢ödé/🙂', 'a'.repeat(255)].map((external_id) => resolve({ external_id })),
    );
    expect(made.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(new Set(made.map(({ body }) => (body as { user_id: string }).user_id)).size).toBe(5);
  });
});

describe('403 and 503', () => {
  test.each([
    ['no key', {}],
    ['a wrong key', { 'x-service-key': 'wrong' }],
    ['an admin key', { 'x-admin-key': 'users-test-admin-key-0123456789abcdef01' }],
  ])('%s', async (_name, headers) => {
    const answer = await resolve({ external_id: 'x' }, headers);
    expect(answer).toMatchObject({
      status: 403,
      body: { detail: 'Invalid service key', code: 'auth.service_key_invalid' },
    });
  });

  test('503 with no key configured', async () => {
    const bare = await startUsers({ SERVICE_API_KEY: '' });
    const answer = await bare.send('POST', '/api/v1/users/resolve', { external_id: 'x' });
    await bare.stop();
    expect(answer).toMatchObject({ status: 503, body: { detail: 'Service key not configured' } });
  });

  test('a disabled user is not handed to services', async () => {
    const { body } = await resolve({ external_id: 'disabled-one' });
    await users.send('PUT', `/internal/users/${(body as { user_id: string }).user_id}/status`, { status: 'disabled' });
    expect(await resolve({ external_id: 'disabled-one' })).toMatchObject({
      status: 403,
      body: { code: 'auth.forbidden' },
    });
  });
});

describe('422', () => {
  test.each([
    {},
    { external_id: '' },
    { external_id: 7 },
    { external_id: null },
    { external_id: 'a'.repeat(256) },
    { external_id: 'nul\0' },
    { external_id: '\ud800' },
    { external_id: 'x', email: 'not an address' },
    { external_id: 'x', email: '"a b"@example.com' },
    { external_id: 'x', email: 'a@example.com,b@example.com' },
    { external_id: 'x', display_name: '' },
    { external_id: 'x', display_name: 'n'.repeat(121) },
  ])('%j', async (body) => {
    const answer = await resolve(body);
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'request.invalid', errors: [{ path: expect.any(String) }] },
    });
  });
});
