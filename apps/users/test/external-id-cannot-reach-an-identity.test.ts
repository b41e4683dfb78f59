import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startUsers, type Users } from './start-users.ts';

/** A service that may name users by ids of its own must not reach an account by an id that looks like somebody's identity or user id. */

let users: Users;
beforeAll(async () => {
  users = await startUsers();
});
afterAll(() => users.stop());

const idOf = ({ body }: { body: unknown }) => (body as { user: { id: string } }).user.id;

test('an external id that spells an identity is another user', async () => {
  const victim = await users.send('POST', '/internal/users/find-or-create', {
    external_key: 'apple:001.victim',
    email: 'victim@example.com',
  });
  const resolved = await users.send('POST', '/api/v1/users/resolve', {
    external_id: 'apple:001.victim',
    email: 'victim@example.com',
  });
  expect(resolved.body).toMatchObject({ created: true });
  expect((resolved.body as { user_id: string }).user_id).not.toBe(idOf(victim));
  expect((await users.send('GET', '/internal/users/lookup?ref=apple%3A001.victim')).body).toMatchObject({
    id: (resolved.body as { user_id: string }).user_id,
  });
});

test('an external id that spells a user id does not stand in for that user', async () => {
  const victim = idOf(await users.send('POST', '/internal/users/find-or-create', { external_key: 'google:victim' }));
  const impostor = await users.send('POST', '/api/v1/users/resolve', { external_id: victim });
  expect(impostor.body).toMatchObject({ created: true });
  expect((await users.send('GET', `/internal/users/lookup?ref=${victim}`)).body).toMatchObject({ id: victim });
});
