import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Role } from '@turnpike/contracts';
import { openClient, startS3StandIn, waitFor, type S3StandIn } from '@turnpike/test-kit';
import { searchDatabase, searchRedis } from './canary.ts';
import { memberHeaders } from './member.ts';
import { call, startUsers, type Answer, type Users } from './start-users.ts';

/** A store of the organisation's own: tested before it is saved, its secret for nobody else, its hours archived there. */

const PATH = '/platform/api/service/storage';
const PERSON = '0193a000-0000-7000-8000-00000000000a';
const KEY_ID = 'AKIDEXAMPLE';
const ENCRYPTION_KEY = randomBytes(32).toString('base64url');
const SECRET = 'storage-canary-wJalrXUtnFEMI-K7MDENG';

let s3: S3StandIn;
let users: Users;
let organisation: string;
beforeAll(async () => {
  s3 = await startS3StandIn({ accessKeyId: KEY_ID, secretAccessKey: SECRET, buckets: ['acme-logs'] });
  users = await startUsers({ STORAGE_INTERNAL_ALLOWED: 'true', USERS_ENCRYPTION_KEY: ENCRYPTION_KEY });
});
afterAll(async () => {
  await users.stop();
  await s3.close();
});
beforeEach(() => {
  organisation = randomUUID();
  s3.fault = undefined;
});

const asked = (url: string, method: string, path: string, body?: unknown, role: Role = 'admin'): Promise<Answer> =>
  call(url, method, path, body, memberHeaders(method, path, PERSON, { id: organisation, role }));
const send = (method: string, path = PATH, body?: unknown, role?: Role) =>
  asked(users.app.url, method, path, body, role);
const choice = (more: object = {}) => ({
  provider: 's3',
  endpoint: s3.url,
  region: 'eu-central-1',
  bucket: 'acme-logs',
  prefix: 'turnpike/',
  force_path_style: true,
  access_key_id: KEY_ID,
  secret_access_key: SECRET,
  ...more,
});
const withoutSecret = () => ({ ...choice(), secret_access_key: undefined });

describe('success', () => {
  test('the operator’s by default; one’s own is tried and saved, and given up again', async () => {
    expect((await send('GET')).body).toMatchObject({ provider: 'managed', status: 'disabled', secret_set: false });
    const saved = await send('PUT', PATH, choice());
    expect([saved.status, saved.body]).toEqual([
      200,
      {
        provider: 's3',
        endpoint: s3.url,
        region: 'eu-central-1',
        bucket: 'acme-logs',
        prefix: 'turnpike/',
        force_path_style: true,
        access_key_id: KEY_ID,
        secret_set: true,
        streams: ['usage_logs', 'audit', 'exports'],
        status: 'ok',
        last_tested_at: expect.stringMatching(/Z$/),
        last_error: null,
        updated_at: expect.stringMatching(/Z$/),
      },
    ]);
    const tried = s3.requests.slice(-3).map((line) => line.replace(/[0-9a-f-]{36}$/, '<id>'));
    expect(tried).toEqual(['PUT', 'GET', 'DELETE'].map((method) => `${method} /acme-logs/turnpike/.turnpike-<id>`));
    expect((await send('POST', `${PATH}/test`)).status).toBe(200);
    expect((await send('POST', `${PATH}/test`, choice())).status).toBe(200);
    expect((await send('DELETE')).body).toMatchObject({ provider: 'managed' });
    expect((await send('POST', `${PATH}/test`)).status).toBe(422);
  });

  test('a test of the saved store that fails shows until one goes well', async () => {
    await send('PUT', PATH, choice());
    s3.fault = { status: 403, code: 'AccessDenied' };
    expect((await send('POST', `${PATH}/test`)).status).toBe(422);
    expect((await send('GET')).body).toMatchObject({ status: 'failing', last_error: 'denied' });
    s3.fault = undefined;
    expect((await send('POST', `${PATH}/test`)).status).toBe(200);
    expect((await send('GET')).body).toMatchObject({ status: 'ok', last_error: null });
  });

  test('the secret may be left out while the place stays the same', async () => {
    await send('PUT', PATH, choice());
    expect((await send('PUT', PATH, { ...withoutSecret(), prefix: 'other/' })).status).toBe(200);
  });

  test('folders are folders with a slash at their end or without, and shown as they were given', async () => {
    const saved = await send('PUT', PATH, choice({ prefix: 'logs/acme' }));
    expect(saved).toMatchObject({ status: 200, body: { prefix: 'logs/acme' } });
    expect(s3.requests.at(-1)).toMatch(/^DELETE \/acme-logs\/logs\/acme\/\.turnpike-/);
    expect((await send('PUT', PATH, choice({ prefix: '' }))).status).toBe(200);
    expect(s3.requests.at(-1)).toMatch(/^DELETE \/acme-logs\/\.turnpike-/);
  });
});

test('a secret that is left out is sent to no other endpoint, bucket or key', async () => {
  const other = await startS3StandIn({ accessKeyId: KEY_ID, secretAccessKey: SECRET, buckets: ['acme-logs'] });
  await send('PUT', PATH, choice());
  for (const change of [
    { endpoint: other.url },
    { bucket: 'acme-more' },
    { region: 'us-east-1' },
    { access_key_id: 'AKIDOTHER' },
  ])
    for (const [method, path] of [
      ['PUT', PATH],
      ['PUT', `${PATH}?force=true`],
      ['POST', `${PATH}/test`],
    ] as const) {
      const { status, body } = await send(method, path, { ...withoutSecret(), ...change });
      expect([status, (body as { errors: { path: string }[] }).errors[0]?.path]).toEqual([
        422,
        'body.secret_access_key',
      ]);
    }
  expect(other.requests).toEqual([]);
  await other.close();
});

describe('a store that does not work is not saved, and the answer says no more than why', () => {
  test.each<[string, () => void, object]>([
    ['denied', () => {}, { secret_access_key: 'another-secret' }],
    ['denied', () => (s3.fault = { status: 403, code: 'AccessDenied' }), {}],
    ['no_such_bucket', () => {}, { bucket: 'nobodys' }],
    ['checksum', () => (s3.fault = 'corrupt'), {}],
    ['dns', () => {}, { endpoint: 'http://nowhere.invalid' }],
    ['other', () => (s3.fault = { redirectTo: 'http://169.254.169.254/latest/meta-data' }), {}],
  ])('%s', async (reason, arrange, change) => {
    arrange();
    const { status, body } = await send('PUT', PATH, choice(change));
    expect([status, body]).toEqual([422, expect.objectContaining({ code: 'storage.unreachable', reason })]);
    expect(JSON.stringify(body)).not.toContain('said the store');
    expect((await send('GET')).body).toMatchObject({ provider: 'managed' });
  });

  test('unless it is forced', async () => {
    s3.fault = { status: 500, code: 'InternalError' };
    expect((await send('PUT', `${PATH}?force=true`, choice())).body).toMatchObject({
      provider: 's3',
      status: 'untested',
    });
  });
});

describe('refusals', () => {
  test.each([
    { bucket: 'evil.example.com/x' },
    { bucket: 'UPPER' },
    { region: 'eu.evil.example.com#' },
    { prefix: '../' },
    { prefix: 'logs/..' },
    { prefix: '/abs/' },
    { endpoint: 'ftp://s3.example.com' },
    { endpoint: 'http://user:pass@s3.example.com' },
    { endpoint: 'http://s3.example.com/path' },
    { access_key_id: 'two words' },
    { streams: ['everything'] },
  ])('%j is 422', async (change) => {
    expect((await send('PUT', PATH, choice(change))).body).toMatchObject({ status: 422, code: 'request.invalid' });
  });

  test('members and viewers neither read nor write it', async () => {
    for (const role of ['viewer', 'member'] as const)
      for (const method of ['GET', 'PUT', 'DELETE'])
        expect((await send(method, PATH, method === 'PUT' ? choice() : undefined, role)).status).toBe(403);
  });

  test('the eleventh test within an hour is 429, also of twenty at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => send('POST', `${PATH}/test`, choice())));
    const statuses = all.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  });
});

describe('where private addresses are not allowed', () => {
  let strict: { readonly url: string; stop(): Promise<unknown> };
  beforeAll(async () => {
    strict = await users.another({ STORAGE_INTERNAL_ALLOWED: 'false', USERS_ENCRYPTION_KEY: ENCRYPTION_KEY });
  });
  afterAll(() => strict.stop());

  test.each([
    'https://127.0.0.1',
    'https://127.1',
    'https://0x7f.0.0.1',
    'https://2130706433',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://169.254.169.254',
    'https://10.0.0.1',
    'https://localhost',
  ])('%s is refused before anything is sent, tested or forced', async (endpoint) => {
    const before = s3.requests.length;
    const tested = await asked(strict.url, 'PUT', PATH, choice({ endpoint: `${endpoint}:${new URL(s3.url).port}` }));
    expect(tested.body).toMatchObject({ code: 'storage.unreachable', reason: 'refused_address' });
    expect(s3.requests.length).toBe(before);
  });

  test('an address is not saved by force either, and http is no transport', async () => {
    const forced = await asked(strict.url, 'PUT', `${PATH}?force=true`, choice({ endpoint: 'https://10.0.0.1' }));
    expect(forced.body).toMatchObject({ code: 'storage.unreachable', reason: 'refused_address' });
    expect((await asked(strict.url, 'PUT', PATH, choice())).body).toMatchObject({ code: 'request.invalid' });
  });
});

test('the secret is in no answer, event, row or key of Redis in the clear', async () => {
  const answers = [
    await send('PUT', PATH, choice()),
    await send('GET'),
    await send('POST', `${PATH}/test`),
    await send('DELETE'),
    await send('PUT', PATH, choice()),
  ];
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('storage-canary');
  expect(await searchDatabase(users.database.url, [SECRET])).toEqual([]);
  expect(await searchRedis(users.redis.url, [SECRET])).toEqual([]);
});

test('a new first key seals the secret anew; what was saved goes on working', async () => {
  await send('PUT', PATH, choice());
  const sealed = async () => {
    const client = await openClient({ connectionString: users.database.url });
    const { rows } = await client.query<{ sealed: string }>(
      "SELECT encode(secret_sealed, 'hex') AS sealed FROM storage_settings WHERE organisation_id = $1",
      [organisation],
    );
    await client.end();
    return rows[0]?.sealed;
  };
  const before = await sealed();
  const rotated = await users.another({
    STORAGE_INTERNAL_ALLOWED: 'true',
    USERS_ENCRYPTION_KEY: `${randomBytes(32).toString('base64url')},${ENCRYPTION_KEY}`,
  });
  await waitFor(async () => (await sealed()) !== before);
  expect((await asked(rotated.url, 'POST', `${PATH}/test`)).status).toBe(200);
  await rotated.stop();
});
