import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPeriodicJobs } from '@turnpike/service-kit';
import {
  dataOf,
  expectActive,
  expectInactive,
  keyRevocations,
  makeKey,
  signInDeveloper,
  type Developer,
} from '../account-harness.ts';
import {
  asOperator,
  asService,
  call,
  createStores,
  introspect,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

export function apiKeyEndTests(): void {
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

  /** The same key with another last character. */
  function mistyped(key: string): string {
    return key.slice(0, -1) + (key.endsWith('x') ? 'y' : 'x');
  }

  describe('the end of a key', () => {
    test('deletion: inactive from then on, announced once; repeating it returns the same answer', async () => {
      const { id, text } = await makeKey(developer);
      const answer = await developer.send('DELETE', `/auth/api-keys/${id}`);
      expect(answer.status).toBe(200);
      expect(dataOf(answer)).toEqual({ id, is_active: false, deactivated_at: expect.any(String) });
      await expectInactive(auth, text, 'key_revoked');
      expect(dataOf(await developer.send('DELETE', `/auth/api-keys/${id}`))).toEqual(dataOf(answer));
      expect(await keyRevocations(auth, id)).toHaveLength(1);
      const stream = await auth.context.redis.xrange('{turnpike}:revocations', '-', '+');
      expect(stream.filter(([, fields]) => fields.includes(id))).toHaveLength(1);
    });

    test('expiry', async () => {
      const { id, text } = await makeKey(developer, { expires_in_days: 1 });
      await auth.context.database.query('UPDATE api_key SET expires_at = clock_timestamp() WHERE id = $1::uuid', id);
      await expectInactive(auth, text, 'key_expired');
      const listed = dataOf(await developer.send('GET', '/auth/api-keys/?limit=100'))['items'] as Record<
        string,
        unknown
      >[];
      expect(listed.find((key) => key['id'] === id)).toMatchObject({ is_active: false });
    });

    test('a disabled account suspends its keys, an expired one is expired all the same; a closed account ends them', async () => {
      const owner = await signInDeveloper(auth);
      const { text } = await makeKey(owner);
      const old = await makeKey(owner, { expires_in_days: 1 });
      const { query } = auth.context.database;
      await query('UPDATE api_key SET expires_at = clock_timestamp() WHERE id = $1::uuid', old.id);
      await query("SELECT * FROM account_stop($1::uuid, 'disabled', 'test')", owner.userId);
      await expectInactive(auth, text, 'key_suspended');
      await expectInactive(auth, old.text, 'key_expired');
      const closed = await signInDeveloper(auth);
      const { text: last } = await makeKey(closed);
      await query("SELECT * FROM account_stop($1::uuid, 'deleted', 'test')", closed.userId);
      await expectInactive(auth, last, 'key_revoked');
      const refused = await owner.send('POST', '/auth/api-keys/', { body: { name: 'late' } });
      expect(refused.status).toBe(404);
    });

    test('the tier is the owner’s now, not that of the day the key was made', async () => {
      const owner = await signInDeveloper(auth, 'free');
      const { text } = await makeKey(owner);
      await auth.context.database.query(
        "UPDATE account SET tier = 'enterprise' WHERE user_id = $1::uuid",
        owner.userId,
      );
      expect(await expectActive(auth, text)).toMatchObject({ tier: 'enterprise' });
    });
  });

  describe('a leaked key', () => {
    const revoke = (key: string, headers: Record<string, string> = asOperator) =>
      call(auth, 'POST', '/api/v1/auth/admin/keys/revoke', { body: { key }, headers });

    test('is ended by its value, and its owner finds out who did it', async () => {
      const owner = await signInDeveloper(auth);
      const { id, text, data } = await makeKey(owner);
      const answer = await revoke(`${text}\n`);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        key_id: id,
        prefix: data['prefix'],
        user_id: owner.userId,
        project_id: owner.projectId,
        revoked_at: expect.any(String),
        was_active: true,
      });
      await expectInactive(auth, text, 'key_revoked');
      expect(await keyRevocations(auth, id)).toHaveLength(1);
      expect((await revoke(text)).body).toEqual({ ...answer.body, was_active: false });
      const trail = (await owner.send('GET', '/api/v1/auth/audit')).body['items'] as Record<string, unknown>[];
      expect(trail[0]).toMatchObject({ action: 'key.revoke_leaked', actor: 'operator', detail: { key_id: id } });
      expect(JSON.stringify(trail)).not.toContain(text);
    });

    test('that is not ours is 404, and no one without the admin key may ask', async () => {
      const { text } = await makeKey(developer);
      expect((await revoke('sk_test_0000000000000000000000000000002OMZgq')).status).toBe(404);
      expect((await revoke(mistyped(text))).status).toBe(404);
      expect((await revoke(text, {})).status).toBe(403);
      await expectActive(auth, text);
    });
  });

  describe('validate-key', () => {
    const validate = (key: string) =>
      call(auth, 'POST', '/internal/auth/validate-key', { body: { key }, headers: asService });

    test('tells a service whose key it is; 404 for any that is not live', async () => {
      const { id, text } = await makeKey(developer, { scopes: ['credits:read'] });
      expect((await validate(text)).body).toEqual({
        user_id: developer.userId,
        key_id: id,
        project_id: developer.projectId,
        scopes: ['credits:read'],
        tier: 'pro',
      });
      await developer.send('DELETE', `/auth/api-keys/${id}`);
      expect((await validate(text)).status).toBe(404);
      expect((await validate('sk_test_made-up')).status).toBe(404);
    });
  });

  describe('checksum', () => {
    test('a key whose checksum does not fit is refused without a lookup, one that fits needs the database', async () => {
      const { text } = await makeKey(developer);
      const blind = await startAuth(stores, {
        JWT_ALGORITHM: 'HS256',
        JWT_SECRET_KEY: 'x'.repeat(40),
        DATABASE_URL: 'postgresql://nobody@127.0.0.1:1',
      });
      try {
        const refused = await introspect(blind, mistyped(text));
        expect(refused.status).toBe(200);
        expect(refused.body).toEqual({ active: false });
        expect(refused.headers.get('x-inactive-reason')).toBe('key_invalid');
        expect((await introspect(blind, text)).status).toBe(503);
      } finally {
        await blind.close();
      }
    });
  });

  describe('last use', () => {
    test('is kept in memory and written for all keys together, not with each call', async () => {
      const keys = await Promise.all([makeKey(developer), makeKey(developer)]);
      const used = () =>
        auth.context.database.query<{ last_used_at: Date | null }>(
          'SELECT last_used_at FROM api_key WHERE id = ANY($1::uuid[])',
          keys.map(({ id }) => id),
        );
      await Promise.all(keys.flatMap(({ text }) => Array.from({ length: 20 }, () => introspect(auth, text))));
      expect((await used()).map(({ last_used_at: at }) => at)).toEqual([null, null]);
      const jobs = startPeriodicJobs(
        [{ name: 'key-use', everyMs: 1, run: () => auth.context.apiKeys.use.flush() }],
        auth.context.logger,
      );
      await jobs.close();
      await auth.context.apiKeys.use.flush();
      for (const { last_used_at: at } of await used()) expect(at).toBeInstanceOf(Date);
      const listed = dataOf(await developer.send('GET', '/auth/api-keys/?limit=100'))['items'] as Record<
        string,
        unknown
      >[];
      expect(listed.find(({ id }) => id === keys[0]?.id)?.['last_used_at']).toEqual(expect.any(String));
    });

    test('of a refused key is not a use', async () => {
      const { id, text } = await makeKey(developer);
      await developer.send('DELETE', `/auth/api-keys/${id}`);
      await introspect(auth, text);
      await auth.context.apiKeys.use.flush();
      expect(await auth.context.database.query('SELECT last_used_at FROM api_key WHERE id = $1::uuid', id)).toEqual([
        { last_used_at: null },
      ]);
    });
  });
}
