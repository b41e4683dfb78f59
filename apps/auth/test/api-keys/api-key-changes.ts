import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  dataOf,
  expectActive,
  expectInactive,
  keyRevocations,
  makeKey,
  signInDeveloper,
  type Developer,
} from '../account-harness.ts';
import { call, createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function apiKeyChangesTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  let developer: Developer;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
    developer = await signInDeveloper(auth);
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  const change = (id: string, body: unknown, who = developer) => who.send('PATCH', `/auth/api-keys/${id}`, { body });

  describe('changing a key', () => {
    test('paused it is refused and kept, and works again when it is resumed', async () => {
      const key = await makeKey(developer);
      const paused = await change(key.id, { is_active: false });
      expect([paused.status, dataOf(paused)]).toMatchObject([
        200,
        { status: 'paused', is_active: false, full_key: null },
      ]);
      await expectInactive(auth, key.text, 'key_suspended');
      expect(await keyRevocations(auth, key.id)).toHaveLength(1);
      expect(dataOf(await change(key.id, { is_active: true }))).toMatchObject({ status: 'active', is_active: true });
      await expectActive(auth, key.text);
    });

    test('what is left out stays, and null takes a bound away', async () => {
      const key = await makeKey(developer, { rate_limit_per_minute: 9 });
      const named = dataOf(await change(key.id, { name: 'Server' }));
      expect(named).toMatchObject({ name: 'Server', rate_limit_per_minute: 9, expires_at: null });
      const soon = new Date(Date.now() + 3_600_000).toISOString();
      expect(dataOf(await change(key.id, { rate_limit_per_minute: null, expires_at: soon }))).toMatchObject({
        name: 'Server',
        rate_limit_per_minute: null,
        expires_at: soon,
      });
    });

    test('an expiry that has passed is 422', async () => {
      const key = await makeKey(developer);
      expect((await change(key.id, { expires_at: '2020-01-01T00:00:00Z' })).status).toBe(422);
    });

    test("somebody else's key, and one that has ended, is 404", async () => {
      const key = await makeKey(developer);
      const stranger = await signInDeveloper(auth);
      expect((await change(key.id, { name: 'mine' }, stranger)).status).toBe(404);
      await developer.send('DELETE', `/auth/api-keys/${key.id}`);
      expect((await change(key.id, { is_active: true })).status).toBe(404);
      await expectInactive(auth, key.text, 'key_revoked');
    });
  });

  test('whoever asks is told how they may sign in here', async () => {
    const answer = await call(auth, 'GET', '/api/v1/auth/methods');
    expect([answer.status, answer.body]).toEqual([200, { demo: true, providers: [] }]);
  });
}
