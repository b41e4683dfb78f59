import { beforeAll, describe, expect, test } from '@jest/globals';
import { configKeys } from '@turnpike/contracts';
import { call, type Answer, type Users } from '../start-users.ts';
import { ONE, OTHER, callsOf, entryOf } from './calls.ts';

/** Which value is in force, and who is refused what. */
export function chainTests(opened: () => Users): void {
  let users: Users;
  beforeAll(() => {
    users = opened();
  });
  const { tenant, operator, inside, rows } = callsOf(opened);

  describe('the chain', () => {
    test('environment, then operators, then the organisation alone', async () => {
      const key = 'invites.expire_after_days';
      expect(entryOf(await tenant('GET', key))).toEqual([
        200,
        expect.objectContaining({ value: 7, source: 'bootstrap', is_set: true, version: 0, updated_at: null }),
      ]);
      await operator('PUT', key, { value: 14 });
      expect((await tenant('GET', key)).body).toMatchObject({ value: 14, source: 'system', version: 0 });
      expect(entryOf(await tenant('PUT', key, { value: 3 }))).toEqual([
        200,
        expect.objectContaining({ value: 3, source: 'tenant', version: 1, overridable: true, is_locked: false }),
      ]);
      expect((await tenant('GET', key, undefined, { organisation: OTHER })).body).toMatchObject({ value: 14 });
      expect([await inside(key, ONE), await inside(key, OTHER), await inside(key)]).toEqual([[3], [14], [14]]);
      expect((await tenant('DELETE', key)).body).toMatchObject({ value: 14, source: 'system', version: 2 });
      expect((await operator('DELETE', key)).body).toMatchObject({ value: 7, source: 'bootstrap', version: 2 });
    });

    test('a locked key is the operator’s, also where an organisation had a value, which comes back', async () => {
      const key = 'keys.rate_limit_per_minute';
      await tenant('PUT', key, { value: 10 });
      expect((await operator('PUT', key, { is_locked: true })).body).toMatchObject({
        value: 60,
        source: 'bootstrap',
        is_locked: true,
        overrides: 1,
      });
      expect((await tenant('GET', key)).body).toMatchObject({ value: 60, source: 'bootstrap', is_locked: true });
      for (const value of [10, 60, 5])
        expect((await tenant('PUT', key, { value })).body).toMatchObject({ status: 409, code: 'config.locked' });
      await operator('PUT', key, { value: 30 });
      expect((await tenant('GET', key)).body).toMatchObject({ value: 30, source: 'system', is_locked: true });
      expect(await inside(key, ONE)).toEqual([30]);
      await operator('PUT', key, { is_locked: false });
      expect((await tenant('GET', key)).body).toMatchObject({ value: 10, source: 'tenant', is_locked: false });
    });

    test('a key that is locked without a value is held to the environment as it will be', async () => {
      await operator('PUT', 'invites.expire_after_days', { is_locked: true });
      await tenant('PUT', 'invites.expire_after_days', { value: 2 });
      const later = await users.another({ CONFIG_DEFAULTS: '{"invites.expire_after_days":21}' });
      try {
        const { body } = await call(later.url, 'GET', '/internal/users/config?keys=invites.expire_after_days');
        expect(body).toMatchObject({ items: [{ value: 21, source: 'bootstrap' }] });
      } finally {
        await later.stop();
      }
    });

    test('services are told which organisations have a value of their own, in pages, unless it is locked; and no secret', async () => {
      const key = 'logs.retention_days';
      const listed = async (more = ''): Promise<Answer> =>
        await users.send('GET', `/internal/users/config/overrides?key=${key}${more}`);
      await operator('PUT', key, { value: 20 });
      await tenant('PUT', key, { value: 3 });
      await tenant('PUT', key, { value: 5 }, { organisation: OTHER });
      await tenant('PUT', 'invites.expire_after_days', { value: 3 });
      const [first, second] = [
        { organisation_id: ONE, value: 3 },
        { organisation_id: OTHER, value: 5 },
      ];
      expect(entryOf(await listed())).toEqual([200, { items: [first, second], next: null }]);
      expect((await listed('&limit=1')).body).toEqual({ items: [first], next: ONE });
      expect((await listed(`&limit=1&after=${ONE}`)).body).toEqual({ items: [second], next: OTHER });
      await tenant('DELETE', key, undefined, { organisation: OTHER });
      expect((await listed()).body).toEqual({ items: [first], next: null });
      await operator('PUT', key, { is_locked: true });
      expect((await listed()).body).toEqual({ items: [], next: null });
      for (const other of ['providers.openai.api_key', 'no.such_key'])
        expect((await users.send('GET', `/internal/users/config/overrides?key=${other}`)).status).toBe(422);
      for (const value of [1, 401, 2.5, null]) expect((await tenant('PUT', key, { value })).status).not.toBe(200);
    });

    test('operators see every key, organisations those that are theirs', async () => {
      const all = (await operator('GET', '')).body as { items: { key: string }[]; total: number };
      expect(all.items.map(({ key }) => key)).toEqual([...configKeys]);
      const { items } = (await tenant('GET', '')).body as { items: { key: string }[] };
      expect(items.map(({ key }) => key)).toEqual(configKeys.filter((key) => !key.startsWith('branding.')));
      const some = (await tenant('GET', '?prefix=keys.')).body as { items: { key: string }[]; total: number };
      expect([some.total, some.items.map(({ key }) => key)]).toEqual([
        2,
        ['keys.rate_limit_per_minute', 'keys.expire_after_days_max'],
      ]);
      expect((await tenant('GET', 'members.max')).body).toMatchObject({ value: 7, overridable: false });
    });
  });

  describe('refusals', () => {
    test('an unknown key and one that is hidden are the same 404', async () => {
      const unknown = await tenant('GET', 'no.such_key');
      const hidden = await tenant('GET', 'branding.name');
      const faceOf = ({ status, body }: Answer) => {
        const { request_id: _id, instance: _instance, ...rest } = body as Record<string, unknown>;
        return [status, rest];
      };
      expect(faceOf(hidden)).toEqual(faceOf(unknown));
      expect(unknown.body).toMatchObject({ status: 404, code: 'config.unknown' });
      for (const method of ['PUT', 'DELETE'])
        expect((await tenant(method, 'branding.name', { value: 'X' })).status).toBe(404);
      expect((await operator('GET', 'no.such_key')).status).toBe(404);
    });

    test('a key that organisations only read is 403; roles below admin only read', async () => {
      expect((await tenant('PUT', 'members.max', { value: 9 })).body).toMatchObject({
        status: 403,
        code: 'auth.forbidden',
      });
      for (const role of ['viewer', 'member'] as const) {
        expect((await tenant('PUT', 'invites.expire_after_days', { value: 9 }, { role })).body).toMatchObject({
          code: 'tenant.role_insufficient',
          required_role: 'admin',
        });
        expect((await tenant('GET', 'invites.expire_after_days', undefined, { role })).status).toBe(200);
      }
    });

    test.each([
      ['invites.expire_after_days', 0],
      ['invites.expire_after_days', 31],
      ['invites.expire_after_days', 1.5],
      ['invites.expire_after_days', '7'],
      ['invites.expire_after_days', null],
      ['keys.expire_after_days_max', null],
      ['security.sign_in_methods', []],
      ['security.sign_in_methods', ['email', 'email']],
      ['security.sign_in_methods', ['demo']],
      ['alerts.webhook_url', 'http://hooks.example.com/'],
      ['alerts.webhook_url', 'ftp://hooks.example.com/'],
      ['alerts.webhook_url', 'https://user:word@hooks.example.com/'],
      ['alerts.webhook_url', 'https://127.0.0.1/'],
      ['alerts.webhook_url', 'https://0x7f.1/'],
      ['alerts.webhook_url', 'https://[::ffff:10.0.0.1]/'],
      ['alerts.webhook_url', 'https://169.254.169.254/latest/meta-data/'],
      ['alerts.webhook_secret', 'short'],
      ['providers.openai.api_key', 'short'],
      ['providers.openai.api_key', 'sk with spaces in it'],
    ])('%s takes no %j', async (key, value) => {
      const { status, body } = await tenant('PUT', key, { value });
      expect([status, (body as { errors: { path: string }[] }).errors[0]?.path]).toEqual([
        422,
        expect.stringMatching(/^body\.value/),
      ]);
      expect(await rows('SELECT 1 FROM config_value WHERE version > 0')).toEqual([]);
    });

    test('an operator sends a value, or whether it is locked, by the same rules', async () => {
      expect((await operator('PUT', 'members.max', {})).status).toBe(422);
      expect((await operator('PUT', 'alerts.webhook_url', { value: 'https://10.0.0.1/' })).status).toBe(422);
      expect((await operator('PUT', 'alerts.webhook_url', { value: 'https://hooks.example.com/a' })).status).toBe(200);
    });
  });
}
