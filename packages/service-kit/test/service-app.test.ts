import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ServiceKeys } from '../src/index.ts';
import { ADMIN_KEY, SERVICE_KEY, startFixture, USER_ID, vouchedFor } from './fixture-app.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

const json = { 'content-type': 'application/json' };
const call = (path: string, init?: RequestInit) => fetch(fixture.url + path, init);
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) =>
  call('/echo', { method: 'POST', headers, body });

describe('success', () => {
  test('a valid body reaches the handler without its unknown fields', async () => {
    const response = await post('{"name":"a","extra":true}');
    expect([response.status, await response.json()]).toEqual([200, { name: 'a' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('a well-formed request id is echoed, another is replaced', async () => {
    const kept = await call('/health', { headers: { 'x-request-id': 'abc-123' } });
    expect(kept.headers.get('x-request-id')).toBe('abc-123');
    const replaced = await call('/health', { headers: { 'x-request-id': 'a b' } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('health says status, service and version', async () => {
    expect(await (await call('/health')).json()).toEqual({ status: 'healthy', service: 'fixture', version: '1.2.3' });
  });
});

test('a body that may be left out is absent or an object: null is neither', async () => {
  const leave = async (body: string | null): Promise<number> =>
    (await fetch(`${fixture.url}/note`, { method: 'POST', headers: json, body })).status;
  expect([await leave(null), await leave('{"note":"x"}'), await leave('null')]).toEqual([200, 200, 422]);
});

test('a compressed body is read', async () => {
  const response = await post(gzipSync('{"name":"a"}'), { ...json, 'content-encoding': 'gzip' });
  expect([response.status, await response.json()]).toEqual([200, { name: 'a' }]);
});

describe('bad input', () => {
  test.each([
    ['malformed JSON', '{"name":', json, 400, 'request.malformed'],
    ['a wrong type', '{"name":1}', json, 422, 'request.invalid'],
    ['an empty required string', '{"name":""}', json, 422, 'request.invalid'],
    ['an over-long value', `{"name":"${'a'.repeat(21)}"}`, json, 422, 'request.invalid'],
    ['an array', '[]', json, 422, 'request.invalid'],
    ['a NUL character', '{"name":"a\\u0000"}', json, 422, 'request.invalid'],
    ['a lone surrogate', '{"name":"\\ud800"}', json, 422, 'request.invalid'],
    [
      'an unknown field nested very deep',
      `{"name":"a","x":${'['.repeat(200)}${']'.repeat(200)}}`,
      json,
      422,
      'request.invalid',
    ],
    ['a large body', `{"name":"a","pad":"${'a'.repeat(70_000)}"}`, json, 413, 'request.too_large'],
    [
      'bytes that are not UTF-8',
      Uint8Array.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]),
      json,
      400,
      'request.malformed',
    ],
    [
      'a body that is not gzip though it says so',
      '{"name":"a"}',
      { ...json, 'content-encoding': 'gzip' },
      400,
      'request.malformed',
    ],
    [
      'a body that is not Brotli though it says so',
      '{"name":"a"}',
      { ...json, 'content-encoding': 'br' },
      400,
      'request.malformed',
    ],
    [
      'a body that is not deflated though it says so',
      '{"name":"a"}',
      { ...json, 'content-encoding': 'deflate' },
      400,
      'request.malformed',
    ],
    [
      'an unknown encoding',
      '{"name":"a"}',
      { ...json, 'content-encoding': 'lzma' },
      415,
      'request.unsupported_media_type',
    ],
    ...['utf-7', 'utf-16', 'utf-32', 'utf8', 'iso-8859-1', '"us-ascii"', 'utf-8; charset=utf-7'].map(
      (charset): [string, string, Record<string, string>, number, string] => [
        `another charset than UTF-8: ${charset}`,
        '{"name":"a"}',
        { 'content-type': `application/json; charset=${charset}` },
        415,
        'request.unsupported_media_type',
      ],
    ),
    ['a byte order mark', '\uFEFF{"name":"a"}', json, 400, 'request.malformed'],
    ['another media type', 'name=a', { 'content-type': 'text/plain' }, 415, 'request.unsupported_media_type'],
  ])('%s', async (_name, body, headers, status, code) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ status, code, request_id: response.headers.get('x-request-id') });
  });

  test('validation errors name every field', async () => {
    const body = (await (await post('{"name":"","count":1.5}')).json()) as { errors: { path: string }[] };
    expect(body.errors.map((error) => error.path)).toEqual(['body.name', 'body.count']);
  });

  test('an unknown path is 404 and a wrong method 405 with Allow', async () => {
    expect((await call('/nowhere')).status).toBe(404);
    const response = await call('/echo');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    const health = await call('/health', { method: 'POST' });
    expect([health.status, health.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('the account family answers in its envelope, before and after routing', async () => {
    for (const path of ['/auth/things/not-a-uuid', '/auth/nowhere']) {
      expect(await (await call(path)).json()).toMatchObject({
        success: false,
        data: null,
        error: { code: expect.any(String) },
      });
    }
  });
});

describe('who may call', () => {
  test('a vouched-for user is believed', async () => {
    const response = await call('/me', { headers: vouchedFor(USER_ID, 'GET', '/me') });
    expect(await response.json()).toEqual({ user_id: USER_ID });
  });

  test.each([
    ['no signature', { 'x-service-key': SERVICE_KEY, 'x-user-id': USER_ID }, 401],
    ['a signature of another path', vouchedFor(USER_ID, 'GET', '/other'), 401],
    [
      'a signature of another user',
      { ...vouchedFor(USER_ID, 'GET', '/me'), 'x-user-id': USER_ID.replace(/1$/, '2') },
      401,
    ],
    ['a signature of another path and another time', vouchedFor(USER_ID, 'GET', '/other', 1_700_000_000), 401],
    ['a signature without the service key', { ...vouchedFor(USER_ID, 'GET', '/me'), 'x-service-key': '' }, 403],
    ['a user id that is not a UUID', vouchedFor('root', 'GET', '/me'), 401],
  ])('an identity with %s is refused', async (_name, headers, status) => {
    expect((await call('/me', { headers })).status).toBe(status);
  });

  test.each([-330, 330])('a right signature of another time (%d s) is an outage of ours, counted', async (seconds) => {
    const stale = async () => {
      const text = await (await call('/metrics')).text();
      return Number(/^turnpike_gateway_signatures_stale_total\S* (\d+)$/m.exec(text)?.[1]);
    };
    const before = await stale();
    const headers = vouchedFor(USER_ID, 'GET', '/me', Math.floor(Date.now() / 1000) + seconds);
    const response = await call('/me', { headers });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ code: 'service.unavailable' });
    expect(await stale()).toBe(before + 1);
  });

  test.each([
    ['/inner', 'x-service-key', SERVICE_KEY, 'Invalid service key'],
    ['/admin', 'x-admin-key', ADMIN_KEY, 'Invalid admin key'],
  ])('%s takes the right key only', async (path, header, key, detail) => {
    expect((await call(path, { headers: { [header]: key } })).status).toBe(200);
    for (const headers of [{}, { [header]: `${key}x` }, { [header]: key.slice(1) }]) {
      const response = await call(path, { headers });
      expect([response.status, await response.json()]).toMatchObject([403, { detail }]);
    }
  });

  test('without a configured service key the answer is 503, not the caller’s fault', async () => {
    const bare = await startFixture({ serviceKeys: new ServiceKeys([]) });
    const response = await fetch(`${bare.url}/inner`, { headers: { 'x-service-key': 'x' } });
    expect([response.status, await response.json()]).toMatchObject([503, { detail: 'Service key not configured' }]);
    await bare.close();
  });
});

describe('failures', () => {
  test('a bug is a generic 500', async () => {
    const response = await call('/failing?how=bug');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/secret|srv|TypeError/);
  });

  test.each(['refused', 'wrapped'])('a store that is down (%s) is 503 with Retry-After', async (how) => {
    const response = await call(`/failing?how=${how}`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('public members of an error travel', async () => {
    expect(await (await call('/failing?how=known')).json()).toMatchObject({
      code: 'auth.insufficient_credits',
      cost: 5,
      balance: 3,
    });
  });

  test('a response that breaks its contract is caught before it leaves', async () => {
    expect((await call('/broken')).status).toBe(500);
  });
});
