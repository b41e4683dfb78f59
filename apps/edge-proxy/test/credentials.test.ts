import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeApiKey } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

let stack: EdgeStack;
let user: SignedIn;
let stranger: SignedIn;
beforeAll(async () => {
  const env = { TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_TIERS: JSON.stringify({ free: { per_minute: 10_000 } }) };
  // At this level auth writes a line per request.
  stack = await startStack(env, { LOG_LEVEL: 'debug' });
  user = await stack.signIn();
  stranger = await stack.signIn();
});
afterAll(() => stack.stop());
let address = 0;
beforeEach(() => {
  stack.upstream.reset();
  address += 1;
});
/** Each test comes from an address of its own, so that failures of one do not count for another. */
const here = (headers: Readonly<Record<string, string>> = {}) => ({
  'X-Forwarded-For': `198.51.100.${address}`,
  ...headers,
});
const LIST = '/api/v1/timepoints';

describe('success', () => {
  test('a token, and a key in either header', async () => {
    const { key } = await stack.createKey(user);
    for (const headers of [
      { Authorization: `Bearer ${user.token}` },
      { authorization: `bEARER   ${user.token}` },
      { 'X-API-Key': key },
      { Authorization: `Bearer ${key}` },
    ]) {
      expect((await stack.send(LIST, { headers: here(headers) })).status).toBe(200);
    }
    expect(stack.upstream.received.map(({ headers }) => headers['x-user-id'])).toEqual(
      Array.from({ length: 4 }, () => user.userId),
    );
    expect(JSON.stringify(stack.upstream.received)).not.toContain(key);
    expect(JSON.stringify(stack.upstream.received)).not.toContain(user.token);
  });

  test('a token and a key of the same user', async () => {
    const { key } = await stack.createKey(user);
    expect((await stack.send(LIST, { token: user.token, headers: here({ 'X-API-Key': key }) })).status).toBe(200);
  });

  test('where a credential is optional, none is fine and a good one names the caller', async () => {
    await stack.send('/api/v1/clockchain/stats', { headers: here() });
    await stack.send('/api/v1/clockchain/stats', { token: user.token, headers: here() });
    expect(stack.upstream.received.map(({ headers }) => headers['x-user-id'])).toEqual([undefined, user.userId]);
  });
});

describe('400', () => {
  test('a token and a key of different users are ambiguous', async () => {
    const { key } = await stack.createKey(stranger);
    const answer = await stack.send(LIST, { token: user.token, headers: here({ 'X-API-Key': key }) });
    expect([answer.status, answer.body['code'], stack.upstream.received]).toEqual([400, 'auth.ambiguous', []]);
  });

  test.each(['Authorization', 'X-API-Key'])('%s twice, even if equal', async (name) => {
    const value = name === 'Authorization' ? `Bearer ${user.token}` : 'sk_a';
    const answer = await stack.send(LIST, { rawHeaders: [name, value, name.toLowerCase(), value] });
    expect([answer.status, stack.upstream.received]).toEqual([400, []]);
  });
});

describe('401', () => {
  test.each<[string, string, string]>([
    ['no token after Bearer', 'Bearer', 'auth.jwt_invalid'],
    ['a token with a space', 'Bearer a b', 'auth.jwt_invalid'],
    ['no JWT', 'Bearer nonsense', 'auth.jwt_invalid'],
    [
      'an unsigned JWT',
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
      'auth.jwt_invalid',
    ],
    ['another scheme', 'Basic dXNlcjpwYXNz', 'auth.missing'],
    ['an unknown key', `Bearer ${composeApiKey('live', 'A'.repeat(30))}`, 'auth.key_invalid'],
    ['a key with a wrong checksum', `Bearer sk_live_${'A'.repeat(36)}`, 'auth.key_invalid'],
  ])('%s', async (_name, authorization, code) => {
    const answer = await stack.send(LIST, { headers: here({ Authorization: authorization }) });
    expect([answer.status, answer.body['code'], answer.headers['www-authenticate']]).toEqual([401, code, 'Bearer']);
    expect(stack.upstream.received).toEqual([]);
  });

  test('a bad credential is refused also where none is needed', async () => {
    expect(
      (await stack.send('/api/v1/clockchain/stats', { headers: here({ Authorization: 'Bearer nonsense' }) })).status,
    ).toBe(401);
  });

  test('a cached token does not let another one pass that starts or ends like it', async () => {
    await stack.send(LIST, { token: user.token, headers: here() });
    for (const token of [user.token.slice(0, -1), `${user.token}A`, user.token.slice(0, 200), `x${user.token}`]) {
      expect((await stack.send(LIST, { token, headers: here() })).status).toBe(401);
    }
  });
});

describe('403', () => {
  test('a key needs the scope of the route', async () => {
    const { key } = await stack.createKey(user, { scopes: ['timepoints:read'] });
    const headers = here({ 'X-API-Key': key });
    expect((await stack.send(LIST, { headers })).status).toBe(200);
    const answer = await stack.send('/api/v1/timepoints/generate/sync', { method: 'POST', headers, json: {} });
    expect([answer.status, answer.body['code'], answer.body['scope']]).toEqual([
      403,
      'auth.scope_missing',
      'timepoints:write',
    ]);
    expect(stack.upstream.received).toHaveLength(1);
  });

  test('a key cannot use routes that are for sessions, such as making keys', async () => {
    const { key } = await stack.createKey(user);
    const headers = here({ 'X-API-Key': key });
    expect((await stack.send('/auth/api-keys/', { method: 'POST', headers, json: { name: 'second' } })).status).toBe(
      403,
    );
    expect((await stack.send('/api/v1/auth/me', { method: 'DELETE', headers })).status).toBe(403);
    expect((await stack.send('/api/v1/auth/me', { headers })).status).toBe(200);
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['no admin key', '/api/v1/credits/admin/grant', {}, 'Invalid admin key'],
    ['a wrong admin key', '/api/v1/credits/admin/grant', { 'X-Admin-Key': 'wrong' }, 'Invalid admin key'],
    [
      'a service key in its place',
      '/api/v1/credits/admin/grant',
      { 'X-Admin-Key': KEYS.SERVICE_API_KEY },
      'Invalid admin key',
    ],
    ['no service key', '/internal/credits/spend', {}, 'Invalid service key'],
    ['a wrong service key', '/internal/credits/spend', { 'X-Service-Key': 'wrong' }, 'Invalid service key'],
    ['a user’s token in its place', '/internal/credits/spend', { Authorization: 'Bearer x' }, 'Invalid service key'],
  ])('%s', async (_name, target, headers, detail) => {
    const answer = await stack.send(target, { method: 'POST', headers: here(headers), json: {} });
    expect([answer.status, answer.body['detail']]).toEqual([403, detail]);
  });
});

describe('a flood of bad credentials', () => {
  test('is turned away before auth is asked again, and does not touch other addresses or good credentials that are known', async () => {
    await stack.send(LIST, { token: user.token, headers: here() });
    const guesses = Array.from({ length: 150 }, (_value, index) =>
      composeApiKey('live', String(index).padStart(30, 'B')),
    );
    const answers = [];
    for (let start = 0; start < guesses.length; start += 10) {
      answers.push(
        ...(await Promise.all(
          guesses.slice(start, start + 10).map((key) => stack.send(LIST, { headers: here({ 'X-API-Key': key }) })),
        )),
      );
    }
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(70);
    expect(refused.length).toBeGreaterThanOrEqual(80);
    expect(refused.every(({ headers }) => headers['retry-after'] !== undefined)).toBe(true);
    expect((await stack.send(LIST, { token: user.token, headers: here() })).status).toBe(200);
    address += 1;
    expect((await stack.send(LIST, { token: stranger.token, headers: here() })).status).toBe(200);
  });

  test('wrong admin keys as well', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_value, index) =>
        stack.send('/api/v1/credits/admin/grant', {
          method: 'POST',
          headers: here({ 'X-Admin-Key': `guess-${index}` }),
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(40);
  });
});

test('callers that wait for one credential share one question', async () => {
  const fresh = await stack.signIn();
  const headers = here({ 'X-Request-ID': 'shared-question' });
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => stack.send(LIST, { token: fresh.token, headers })),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  const asked = (): string[] =>
    stack.apps.auth.logs().filter((line) => line.includes('shared-question') && line.includes('introspect'));
  await waitFor(() => asked().length > 0);
  expect(asked()).toHaveLength(1);
});

test('a bearer token that is a route’s own business is handed on, and nothing else is there', async () => {
  const headers = here({ Authorization: 'Bearer of-a-mail', 'X-API-Key': 'sk_test_x' });
  const json = { new_password: 'correct horse battery staple' };
  const reset = await stack.send('/platform/api/global/auth/reset-password', { method: 'POST', headers, json });
  // Without the token it would be 422, and a judged one 401 of another code.
  expect([reset.status, reset.body['code']]).toEqual([401, 'auth.reset_invalid']);
});
