import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_API_KEY_SCOPES, HEADER, isWellFormedApiKey } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import { dataOf, expectActive, keyRows, makeKey, signInDeveloper, type Developer } from '../account-harness.ts';
import { asUser, call, createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function apiKeysTests(): void {
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

  describe('making a key', () => {
    test('201 with the key shown this once, in the published form', async () => {
      const answer = await developer.send('POST', '/auth/api-keys/', {
        body: { name: ' build server ', expires_in_days: null, scopes: null },
      });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const key = dataOf(answer);
      expect(answer.body).toMatchObject({ success: true, error: null });
      expect(key).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        prefix: expect.stringMatching(/^sk_test_[0-9A-Za-z]{6}$/),
        name: 'build server',
        full_key: expect.stringMatching(/^sk_test_[0-9A-Za-z]{36}$/),
        scopes: [...DEFAULT_API_KEY_SCOPES],
        rate_limit_per_minute: null,
        last_used_at: null,
        expires_at: null,
        is_active: true,
        status: 'active',
        created_at: expect.any(String),
        updated_at: expect.any(String),
      });
      expect(isWellFormedApiKey(String(key['full_key']))).toBe(true);
      expect(String(key['full_key']).startsWith(String(key['prefix']))).toBe(true);
      const listed = dataOf(await developer.send('GET', '/auth/api-keys/?limit=100'))['items'] as Record<
        string,
        unknown
      >[];
      expect(listed.find(({ id }) => id === key['id'])).toEqual({ ...key, full_key: null });
    });

    test('keeps a digest only: no table holds the key', async () => {
      const { text } = await makeKey(developer);
      const dump = JSON.stringify(
        await Promise.all(
          ['api_key', 'audit_event', 'idempotency'].map((table) =>
            auth.context.database.query(`SELECT to_jsonb(t)::text AS row FROM ${table} t`),
          ),
        ),
      );
      expect(dump).not.toContain(text);
      expect(dump).not.toContain(text.slice('sk_test_'.length + 6));
      expect(dump).toContain(createHash('sha256').update(text).digest('hex'));
    });

    test('50 keys are 50 different ones of at least 128 random bits', async () => {
      const keys = await Promise.all(Array.from({ length: 50 }, () => makeKey(developer)));
      const bodies = keys.map(({ text }) => text.slice('sk_test_'.length, -6));
      expect(new Set(bodies).size).toBe(50);
      // 30 base62 digits, of which the prefix shows 6: the 24 that stay secret are log2(62) × 24 = 142 bits.
      for (const body of bodies) expect(body.length - 6).toBeGreaterThanOrEqual(Math.ceil(128 / Math.log2(62)));
    });

    test('carries the scopes, limit and life it was made with', async () => {
      const { text, data } = await makeKey(developer, {
        scopes: ['credits:read'],
        rate_limit_per_minute: 7,
        expires_in_days: 30,
      });
      const days = (Date.parse(String(data['expires_at'])) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(29.9);
      expect(days).toBeLessThan(30.1);
      expect(await expectActive(auth, text)).toEqual({
        active: true,
        principal: 'user',
        token_type: 'api_key',
        limit_subject: expect.stringMatching(/^[0-9a-f-]{36}$/),
        sub: developer.userId,
        key_id: data['id'],
        project_id: developer.projectId,
        tier: 'pro',
        scopes: ['credits:read'],
        rate_limit_per_minute: 7,
        iat: expect.any(Number),
        exp: Math.floor(Date.parse(String(data['expires_at'])) / 1_000),
      });
    });

    test('with an empty list of scopes opens nothing', async () => {
      const { text } = await makeKey(developer, { scopes: [] });
      expect((await expectActive(auth, text))['scopes']).toEqual([]);
    });

    test('without scopes does not get the download of all personal data', async () => {
      const { text } = await makeKey(developer);
      expect((await expectActive(auth, text))['scopes']).not.toContain('users:export');
    });

    test.each([
      ['name', {}],
      ['name', { name: '' }],
      ['name', { name: '  ' }],
      ['name', { name: 'x'.repeat(121) }],
      ['name', { name: 5 }],
      ['expires_in_days', { name: 'x', expires_in_days: 0 }],
      ['expires_in_days', { name: 'x', expires_in_days: 1.5 }],
      ['expires_in_days', { name: 'x', expires_in_days: 3_651 }],
      ['expires_in_days', { name: 'x', expires_in_days: '7' }],
      ['scopes', { name: 'x', scopes: 'credits:read' }],
      ['scopes.0', { name: 'x', scopes: ['*'] }],
      ['scopes.0', { name: 'x', scopes: ['Credits Read'] }],
      ['scopes', { name: 'x', scopes: Array.from({ length: 33 }, (_, n) => `s:${n}`) }],
      ['rate_limit_per_minute', { name: 'x', rate_limit_per_minute: 0 }],
    ])('422 names the fault: body.%s of %j', async (path, body) => {
      const before = (await keyRows(auth, developer.projectId)).length;
      const answer = await developer.send('POST', '/auth/api-keys/', { body });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({
        success: false,
        data: null,
        error: { details: { errors: [{ path: `body.${path}` }] } },
      });
      expect(await keyRows(auth, developer.projectId)).toHaveLength(before);
    });

    test('stops at the bound of a project: 409, exactly as many as allowed under concurrency', async () => {
      const small = await startAuth(stores, { API_KEYS_PER_PROJECT: '5' });
      try {
        const owner = await signInDeveloper(small);
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => owner.send('POST', '/auth/api-keys', { body: { name: 'x' } })),
        );
        expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
        expect(answers.filter(({ status }) => status === 409)).toHaveLength(15);
        expect(await keyRows(auth, owner.projectId)).toHaveLength(5);
      } finally {
        await small.close();
      }
    });
  });

  describe('owner', () => {
    test('a user_id in the body never sets one', async () => {
      const other = await signInDeveloper(auth);
      const { text } = await makeKey(developer, {
        user_id: other.userId,
        owner: other.userId,
        project_id: other.projectId,
      });
      expect(await expectActive(auth, text)).toMatchObject({ sub: developer.userId, project_id: developer.projectId });
    });

    test("another developer neither lists, rotates nor deletes one's keys", async () => {
      const { id, text } = await makeKey(developer);
      const other = await signInDeveloper(auth);
      expect((await other.send('DELETE', `/auth/api-keys/${id}`)).status).toBe(404);
      expect((await other.send('POST', `/auth/api-keys/${id}/rotate`)).status).toBe(404);
      expect(dataOf(await other.send('GET', '/auth/api-keys/'))).toMatchObject({
        items: [],
        pagination: { total: 0, pages: 0 },
      });
      await expectActive(auth, text);
    });

    test.each([
      ['POST', '/auth/api-keys/', { name: 'child' }],
      ['GET', '/auth/api-keys/', undefined],
      ['POST', `/auth/api-keys/${uuidv7()}/rotate`, undefined],
      ['DELETE', `/auth/api-keys/${uuidv7()}`, undefined],
      ['GET', '/auth/projects/', undefined],
      ['POST', '/auth/projects/', { name: 'child' }],
      ['PATCH', `/auth/projects/${uuidv7()}`, { name: 'child' }],
      ['DELETE', `/auth/projects/${uuidv7()}`, undefined],
      ['GET', '/api/v1/auth/audit', undefined],
    ])('an API key cannot %s %s, whatever its scopes', async (method, path, body) => {
      const { id } = await makeKey(developer);
      const before = (await keyRows(auth, developer.projectId)).length;
      const answer = await call(auth, method, path, {
        ...(body === undefined ? {} : { body }),
        headers: {
          ...asUser(method, path, developer.userId),
          [HEADER.gatewayKeyId]: id,
          [HEADER.gatewayScopes]: '* account:read',
          [HEADER.projectId]: developer.projectId,
        },
      });
      expect(answer.status).toBe(403);
      expect(JSON.stringify(answer.body)).toContain('auth.scope_missing');
      expect(await keyRows(auth, developer.projectId)).toHaveLength(before);
    });

    test('nobody makes one without a session: 401', async () => {
      const answer = await call(auth, 'POST', '/auth/api-keys/', {
        body: { name: 'x' },
        headers: { [HEADER.projectId]: developer.projectId },
      });
      expect(answer.status).not.toBe(201);
      expect(answer.body).toMatchObject({ success: false, data: null });
    });
  });

  describe('listing', () => {
    test('pages, newest first', async () => {
      const owner = await signInDeveloper(auth);
      for (const name of ['a', 'b', 'c']) await makeKey(owner, { name });
      const page = async (query: string) =>
        dataOf(await owner.send('GET', `/auth/api-keys/${query}`)) as {
          items: { name: string }[];
          pagination: unknown;
        };
      const first = await page('?page=1&limit=2');
      expect(first.items.map(({ name }) => name)).toEqual(['c', 'b']);
      expect(first.pagination).toEqual({ page: 1, limit: 2, total: 3, pages: 2 });
      expect((await page('?page=2&limit=2')).items.map(({ name }) => name)).toEqual(['a']);
      expect((await page('?page=3&limit=2')).items).toEqual([]);
      expect((await page('')).pagination).toEqual({ page: 1, limit: 20, total: 3, pages: 1 });
    });

    test.each(['?page=0', '?page=x', '?limit=0', '?limit=101', '?limit=1.5'])('422: %s', async (query) => {
      expect((await developer.send('GET', `/auth/api-keys/${query}`)).status).toBe(422);
    });
  });
}
