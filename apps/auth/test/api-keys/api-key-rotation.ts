import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { retireApiKeys } from '../../src/api-keys/stores/api-keys.ts';
import {
  dataOf,
  expectActive,
  expectInactive,
  keyRevocations,
  makeKey,
  signInDeveloper,
  type Developer,
} from '../account-harness.ts';
import { createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function apiKeyRotationTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  let second: AuthInstance;
  let developer: Developer;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
    second = await startAuth(stores);
    developer = await signInDeveloper(auth, 'pro');
  });

  afterAll(async () => {
    await Promise.all([auth.close(), second.close()]);
    await stores.database.drop();
  });

  describe('rotation', () => {
    const rotate = (id: string, body?: unknown, headers: Record<string, string> = {}) =>
      developer.send('POST', `/auth/api-keys/${id}/rotate`, { ...(body === undefined ? {} : { body }), headers });

    test('without an overlap the old key ends at once, and the edges are told', async () => {
      const old = await makeKey(developer, { scopes: ['credits:read'], rate_limit_per_minute: 9 });
      const answer = await rotate(old.id);
      expect(answer.status).toBe(201);
      const fresh = dataOf(answer);
      expect(fresh).toMatchObject({
        name: 'test',
        scopes: ['credits:read'],
        rate_limit_per_minute: 9,
        is_active: true,
      });
      expect(fresh['id']).not.toBe(old.id);
      await expectActive(auth, String(fresh['full_key']));
      await expectInactive(auth, old.text, 'key_revoked');
      expect(await keyRevocations(auth, old.id)).toHaveLength(1);
    });

    test('with an overlap both work until it ends; then the old one is ended and announced once, by however many instances', async () => {
      const old = await makeKey(developer);
      const answer = await rotate(old.id, { overlap_seconds: 3_600 });
      const { exp } = await expectActive(auth, old.text);
      expect(Number(exp) - Date.now() / 1_000).toBeGreaterThan(3_400);
      await expectActive(auth, String(dataOf(answer)['full_key']));
      expect(await keyRevocations(auth, old.id)).toHaveLength(0);
      await auth.context.database.query(
        "UPDATE api_key SET retires_at = retires_at - interval '1 hour' WHERE id = $1::uuid",
        old.id,
      );
      await expectInactive(auth, old.text, 'key_revoked');
      const told = await Promise.all([auth, second].map(({ context }) => retireApiKeys(context.database)));
      expect(told.flat().map(({ kind, target_id: id }) => ({ kind, id }))).toEqual([{ kind: 'key', id: old.id }]);
      expect(await keyRevocations(auth, old.id)).toHaveLength(1);
      await expectActive(auth, String(dataOf(answer)['full_key']));
    });

    test('gives the new key the length of life of the old one, not its rest', async () => {
      const old = await makeKey(developer, { expires_in_days: 10 });
      await auth.context.database.query(
        "UPDATE api_key SET created_at = created_at - interval '9 days', expires_at = expires_at - interval '9 days' WHERE id = $1::uuid",
        old.id,
      );
      const fresh = dataOf(await rotate(old.id, { overlap_seconds: 60 }));
      const days = (Date.parse(String(fresh['expires_at'])) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(9.9);
      expect(days).toBeLessThan(10.1);
    });

    test('of a key that ended, expired or was rotated before is 409', async () => {
      const [deleted, expired, rotated] = [
        await makeKey(developer),
        await makeKey(developer),
        await makeKey(developer),
      ];
      await developer.send('DELETE', `/auth/api-keys/${deleted.id}`);
      await auth.context.database.query('UPDATE api_key SET expires_at = now() WHERE id = $1::uuid', expired.id);
      await rotate(rotated.id, { overlap_seconds: 60 });
      for (const { id } of [deleted, expired, rotated]) expect((await rotate(id)).status).toBe(409);
    });

    test('20 at once make one new key', async () => {
      const old = await makeKey(developer);
      const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(old.id, { overlap_seconds: 60 })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    });

    test('repeated under one Idempotency-Key after a lost answer returns the one new key, not 409', async () => {
      const old = await makeKey(developer);
      const lost = await rotate(old.id, {}, { 'idempotency-key': 'rotation' });
      await auth.context.database.query(
        "UPDATE idempotency SET answer = NULL, locked_until = now() - interval '1 second' WHERE scope = $1",
        `user:${developer.userId}:keys.rotate`,
      );
      const again = await rotate(old.id, {}, { 'idempotency-key': 'rotation' });
      expect(again.status).toBe(201);
      expect(dataOf(again)['id']).toBe(dataOf(lost)['id']);
      await expectActive(auth, String(dataOf(again)['full_key']));
    });

    test.each([{ overlap_seconds: -1 }, { overlap_seconds: 604_801 }, { overlap_seconds: '5' }])(
      '422: %j',
      async (body) => {
        const { id } = await makeKey(developer);
        expect((await rotate(id, body)).status).toBe(422);
      },
    );
  });
}
