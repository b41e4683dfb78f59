import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { CONFIG_STREAM, configKeys, type Role } from '@turnpike/contracts';
import { createLogger, createInternalClient, createOrganisationConfig } from '@turnpike/service-kit';
import { openClient, waitFor } from '@turnpike/test-kit';
import { searchDatabase, searchRedis } from './canary.ts';
import { memberHeaders } from './member.ts';
import { ADMIN_KEY, call, SERVICE_KEY, startUsers, type Answer, type Users } from './start-users.ts';

/** The configuration: bootstrap, then operators, then the organisation, unless operators hold a key. */

const ONE = '0193a000-0000-7000-8000-000000000001';
const OTHER = '0193a000-0000-7000-8000-000000000002';
const PERSON = '0193a000-0000-7000-8000-00000000000a';
const PATH = '/platform/api/service/configs';
const ADMIN_PATH = '/platform/api/admin/configs';

let users: Users;
beforeAll(async () => {
  users = await startUsers({ CONFIG_DEFAULTS: '{"members.max":7}' });
});
afterAll(() => users.stop());
beforeEach(() => users.database.query('DELETE FROM config_value'));

interface Asked {
  readonly organisation?: string;
  readonly role?: Role;
  readonly ifMatch?: string;
}
function tenant(method: string, key: string, body?: unknown, asked: Asked = {}): Promise<Answer> {
  const { organisation = ONE, role = 'admin', ifMatch } = asked;
  const path = key === '' || key.startsWith('?') ? PATH + key : `${PATH}/${key}`;
  const headers = memberHeaders(method, path, PERSON, { id: organisation, role });
  return call(users.app.url, method, path, body, {
    ...headers,
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
  });
}
const operator = (method: string, key: string, body?: unknown, headers = {}) =>
  call(users.app.url, method, key === '' ? ADMIN_PATH : `${ADMIN_PATH}/${key}`, body, {
    'x-admin-key': ADMIN_KEY,
    ...headers,
  });
async function inside(keys: string, organisation?: string): Promise<unknown[]> {
  const query = organisation === undefined ? '' : `&organisation=${organisation}`;
  const { status, body } = await users.send('GET', `/internal/users/config?keys=${keys}${query}`);
  expect(status).toBe(200);
  return (body as { items: { value: unknown }[] }).items.map(({ value }) => value);
}
async function rows(statement: string): Promise<object[]> {
  const client = await openClient({ connectionString: users.database.url });
  const { rows: found } = await client.query<object>(statement);
  await client.end();
  return found;
}
const entryOf = (answer: Answer) => [answer.status, answer.body] as const;

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

test('a secret is in no answer, to whomever, in no event, row or key of Redis, and what a reader sends back does not replace it', async () => {
  const key = 'providers.anthropic.api_key';
  const secret = 'sk-canary-7f3e9a1c5b2d4860';
  const answers = [
    await tenant('PUT', key, { value: secret }),
    await operator('PUT', key, { value: `${secret}-of-all` }),
    await tenant('GET', ''),
    await operator('GET', ''),
    await operator('GET', key),
  ];
  for (const role of ['viewer', 'member', 'admin', 'owner'] as const)
    answers.push(await tenant('GET', key, undefined, { role }));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const entry = answers.at(-1)?.body as Record<string, unknown>;
  expect(entry).toMatchObject({ value: null, is_secret: true, is_set: true, source: 'tenant' });
  expect((await tenant('PUT', key, entry)).status).toBe(422);
  expect(await inside(key, ONE)).toEqual([secret]);
  expect(await inside(key, OTHER)).toEqual([`${secret}-of-all`]);
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('canary');
  expect(await searchDatabase(users.database.url, [secret])).toEqual([]);
  expect(await searchRedis(users.redis.url, [secret])).toEqual([]);
});

test('a sealed secret that is copied to another organisation does not open', async () => {
  const key = 'providers.google.api_key';
  await tenant('PUT', key, { value: 'sk-of-one-0123456789' });
  await users.database.query(
    'INSERT INTO config_value (organisation_id, key, sealed, version) SELECT $1, key, sealed, 1 FROM config_value WHERE organisation_id = $2',
    [OTHER, ONE],
  );
  expect((await users.send('GET', `/internal/users/config?keys=${key}&organisation=${OTHER}`)).status).toBe(500);
});

describe('versions', () => {
  test('a change of another version than the caller knows is 409, also of fifty at once', async () => {
    const key = 'invites.expire_after_days';
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => tenant('PUT', key, { value: 1 + (index % 30) }, { ifMatch: '"0"' })),
    );
    const statuses = all.map(({ status }) => status);
    expect([statuses.filter((status) => status === 200).length, new Set(statuses)]).toEqual([1, new Set([200, 409])]);
    expect((await tenant('PUT', key, { value: 29 }, { ifMatch: '"7"' })).body).toMatchObject({
      code: 'resource.conflict',
    });
    expect((await tenant('PUT', key, { value: 29 }, { ifMatch: '1' })).body).toMatchObject({ version: 2 });
    expect((await tenant('PUT', key, { value: 29 }, { ifMatch: 'W/"2"' })).status).toBe(422);
    expect((await operator('DELETE', key, undefined, { 'if-match': '"3"' })).status).toBe(409);
  });

  test('what is that way already changes nothing and is in no trail', async () => {
    const key = 'providers.openai.api_key';
    await tenant('PUT', key, { value: 'sk-the-same-0123456789' });
    const events = async () => (await rows("SELECT 1 FROM outbox WHERE type = 'audit.recorded'")).length;
    const before = await events();
    expect((await tenant('PUT', key, { value: 'sk-the-same-0123456789' })).body).toMatchObject({ version: 1 });
    expect((await tenant('DELETE', 'invites.expire_after_days')).body).toMatchObject({ version: 0 });
    expect(await events()).toBe(before);
  });

  test('a version never comes back', async () => {
    const key = 'invites.expire_after_days';
    await tenant('PUT', key, { value: 3 });
    await tenant('DELETE', key);
    expect((await tenant('PUT', key, { value: 3 })).body).toMatchObject({ version: 3 });
  });
});

describe('changes are heard within a second', () => {
  test('by whoever keeps values, and also those that could not be announced at once', async () => {
    const logger = createLogger('test', 'silent');
    const client = createInternalClient({ service: 'users', baseUrl: users.app.url, serviceKey: SERVICE_KEY });
    const config = createOrganisationConfig({
      users: client,
      keys: ['invites.expire_after_days'],
      redisUrl: users.redis.url,
      logger,
    });
    try {
      const days = async (organisation?: string) => (await config.of(organisation))['invites.expire_after_days'];
      expect([await days(ONE), await days(OTHER)]).toEqual([7, 7]);
      await tenant('PUT', 'invites.expire_after_days', { value: 5 });
      await waitFor(async () => (await days(ONE)) === 5);
      expect(await days(OTHER)).toBe(7);
      await operator('PUT', 'invites.expire_after_days', { value: 9 });
      await waitFor(async () => (await days(OTHER)) === 9);
      // Committed by an instance that died before it announced anything.
      await users.database.query(
        `UPDATE config_value SET value = '11', version = version + 1 WHERE organisation_id = $1`,
        [ONE],
      );
      await waitFor(async () => (await days(ONE)) === 11);
      // A Redis that lost the stream.
      const redis = new Redis(users.redis.url);
      await redis.del(CONFIG_STREAM);
      redis.disconnect();
      await tenant('PUT', 'invites.expire_after_days', { value: 12 });
      await waitFor(async () => (await days(ONE)) === 12);
    } finally {
      await config.close();
      await client.close();
    }
  });

  test('values that are known serve on while users is down, unknown ones are 503', async () => {
    const another = await users.another({});
    const logger = createLogger('test', 'silent');
    const client = createInternalClient({ service: 'users', baseUrl: another.url, serviceKey: SERVICE_KEY });
    const config = createOrganisationConfig({
      users: client,
      keys: ['members.max'],
      redisUrl: users.redis.url,
      logger,
    });
    try {
      const known = await config.of(ONE);
      await another.stop();
      expect(await config.of(ONE)).toEqual(known);
      await expect(config.of(OTHER)).rejects.toMatchObject({ code: 'service.unavailable' });
    } finally {
      await config.close();
      await client.close();
    }
  });
});
