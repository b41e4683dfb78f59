import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataOf, expectActive, expectInactive, keyRows, signInDeveloper, type Developer } from '../account-harness.ts';
import { createStores, startAuth, type Answer, type AuthInstance, type Stores } from '../harness.ts';

export function apiKeyIdempotencyTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  let developer: Developer;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
    developer = await signInDeveloper(auth, 'pro');
  });

  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  describe('Idempotency-Key', () => {
    const create = (key: string, body: unknown, by = developer): Promise<Answer> =>
      by.send('POST', '/auth/api-keys/', { body, headers: { 'idempotency-key': key } });

    test('30 at once make one key; the same request gets the same answer, marked as a replay', async () => {
      const owner = await signInDeveloper(auth);
      const answers = await Promise.all(Array.from({ length: 30 }, () => create('parallel', { name: 'once' }, owner)));
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThanOrEqual(1);
      expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toHaveLength(0);
      expect(new Set(made.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await keyRows(auth, owner.projectId)).toHaveLength(1);
      const replay = await create('parallel', { name: 'once' }, owner);
      expect(replay.status).toBe(201);
      expect(replay.headers.get('idempotency-replayed')).toBe('true');
      expect(replay.body).toEqual(made[0]?.body);
      await expectActive(auth, String(dataOf(replay)['full_key']));
    });

    test('with another request is 409', async () => {
      await create('reused', { name: 'one' });
      const conflict = await create('reused', { name: 'two' });
      expect(conflict.status).toBe(409);
      expect(conflict.body).toMatchObject({ error: { code: 'idempotency.conflict' } });
    });

    test('of another user is another key', async () => {
      const other = await signInDeveloper(auth);
      const [mine, theirs] = [await create('shared', { name: 'x' }), await create('shared', { name: 'x' }, other)];
      expect(theirs.status).toBe(201);
      expect(dataOf(theirs)['id']).not.toBe(dataOf(mine)['id']);
    });

    test('after a lost answer returns the same key with a value that works, and no second key', async () => {
      const owner = await signInDeveloper(auth);
      const lost = await create('crash', { name: 'x' }, owner);
      // The process died between the key and its answer: the claim stands without an answer, its lease is over.
      await auth.context.database.query(
        "UPDATE idempotency SET answer = NULL, locked_until = now() - interval '1 second' WHERE scope = $1",
        `user:${owner.userId}:keys.create`,
      );
      const again = await create('crash', { name: 'x' }, owner);
      expect(again.status).toBe(201);
      expect(dataOf(again)['id']).toBe(dataOf(lost)['id']);
      expect(dataOf(again)['full_key']).not.toBe(dataOf(lost)['full_key']);
      expect(await keyRows(auth, owner.projectId)).toHaveLength(1);
      await expectActive(auth, String(dataOf(again)['full_key']));
      await expectInactive(auth, String(dataOf(lost)['full_key']), 'key_invalid');
    });

    test('used again after its answer was forgotten leaves the key of then alone', async () => {
      const owner = await signInDeveloper(auth);
      const old = await create('forgotten', { name: 'x' }, owner);
      const { query } = auth.context.database;
      await query('DELETE FROM idempotency WHERE scope = $1', `user:${owner.userId}:keys.create`);
      await query(
        "UPDATE api_key SET created_at = created_at - interval '3 days' WHERE id = $1::uuid",
        dataOf(old)['id'],
      );
      const fresh = await create('forgotten', { name: 'x' }, owner);
      expect(dataOf(fresh)['id']).not.toBe(dataOf(old)['id']);
      await expectActive(auth, String(dataOf(old)['full_key']));
      await expectActive(auth, String(dataOf(fresh)['full_key']));
    });
  });
}
