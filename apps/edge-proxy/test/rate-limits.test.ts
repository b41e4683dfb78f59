import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { sendRaw } from './support/raw-socket.ts';
import { send, type Answer } from './support/send.ts';
import { startStack, type EdgeStack } from './support/stack.ts';

let stack: EdgeStack;
let other: RunningApp;
beforeAll(async () => {
  // The tiers are the defaults; forwarded addresses are believed, so that each test can be a client of its own.
  const tiers = { RATE_LIMIT_TIERS: '{"tiny":{"per_minute":100,"per_day":3}}' };
  stack = await startStack({ ...tiers, TRUSTED_PROXIES: '127.0.0.1' }, tiers);
  other = await stack.startEdge();
});
afterAll(() => stack.stop());

const BALANCE = '/api/v1/credits/balance';
const statuses = (answers: readonly Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
const number = (answer: Answer | undefined, name: string): number => Number(answer?.headers[name]);

describe('two edges enforce one limit exactly', () => {
  test('of 60 calls at once over both, a free user gets 10', async () => {
    const { token } = await stack.signIn();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_value, index) =>
        send(index % 2 === 0 ? stack.edge.url : other.url, BALANCE, { token }),
      ),
    );
    expect(statuses(answers)).toEqual({ 200: 10, 429: 50 });
    // Each admitted call reads a different number of calls left.
    const left = answers
      .filter(({ status }) => status === 200)
      .map((answer) => number(answer, 'x-ratelimit-remaining'));
    expect(left.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('what was refused consumed nothing: the day lost 10, not 60', async () => {
    const { token } = await stack.signIn();
    const answers = await Promise.all(Array.from({ length: 60 }, () => stack.send(BALANCE, { token })));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers['ratelimit']).toMatch(/^"minute";r=0;t=\d+, "day";r=90;t=\d+$/);
  });
});

describe('headers', () => {
  test('describe the window closest to exhaustion, and all of them', async () => {
    const { token } = await stack.signIn();
    const before = Date.now() / 1_000;
    const answer = await stack.send(BALANCE, { token });
    const after = Date.now() / 1_000;
    expect(answer.headers).toMatchObject({
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '9',
      'ratelimit-policy': '"minute";q=10;w=60, "day";q=100;w=86400',
      ratelimit: '"minute";r=9;t=60, "day";r=99;t=86400',
    });
    expect(number(answer, 'x-ratelimit-reset')).toBeGreaterThanOrEqual(Math.floor(before) + 59);
    expect(number(answer, 'x-ratelimit-reset')).toBeLessThanOrEqual(Math.ceil(after) + 62);
  });

  test('the day is described when it is closer, and its end is what a client waits for', async () => {
    const { token } = await stack.signIn('tiny');
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await stack.send(BALANCE, { token }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map((answer) => number(answer, 'x-ratelimit-limit'))).toEqual([3, 3, 3, 3]);
    expect(number(answers[3], 'retry-after')).toBeGreaterThan(86_000);
    expect(answers[3]?.body).toMatchObject({ code: 'rate_limit.exceeded', status: 429 });
  });

  test('429 says when to come back', async () => {
    const { token } = await stack.signIn();
    const answers = await Promise.all(Array.from({ length: 11 }, () => stack.send(BALANCE, { token })));
    const refused = answers.find(({ status }) => status === 429);
    expect(number(refused, 'retry-after')).toBeGreaterThanOrEqual(1);
    expect(number(refused, 'retry-after')).toBeLessThanOrEqual(60);
    expect(refused?.body['detail']).toBe('Rate limit exceeded: 10 requests per minute.');
  });

  test.each<[string, string, object]>([
    ['401', BALANCE, {}],
    ['404', '/nowhere', {}],
    ['405', BALANCE, { method: 'DELETE' }],
    ['400', '/a/../b', {}],
    ['403', '/api/v1/credits/admin/grant', { method: 'POST', json: {} }],
    ['200', '/health', {}],
  ])('are on every answer: %s', async (status, target, sending) => {
    const answer = await stack.send(target, { ...sending, ...from('198.51.100.1') });
    expect(String(answer.status)).toBe(status);
    expect(answer.headers).toMatchObject({ 'x-ratelimit-limit': '60', 'ratelimit-policy': '"minute";q=60;w=60' });
    for (const name of ['x-ratelimit-remaining', 'x-ratelimit-reset', 'ratelimit'])
      expect(answer.headers).toHaveProperty(name);
  });
});

describe('tiers', () => {
  test.each<[string, string]>([
    ['pro', '"minute";q=60;w=60, "day";q=1000;w=86400'],
    ['enterprise', '"minute";q=300;w=60, "day";q=10000;w=86400'],
    ['tiny', '"minute";q=100;w=60, "day";q=3;w=86400'],
  ])('%s', async (tier, policy) => {
    const { token } = await stack.signIn(tier);
    expect((await stack.send(BALANCE, { token })).headers['ratelimit-policy']).toBe(policy);
  });

  test('one that was taken out of the settings counts as the least, and the log says so', async () => {
    const { token } = await stack.signIn('tiny');
    const edge = await stack.startEdge({ RATE_LIMIT_TIERS: '' });
    for (const id of ['tiny-1', 'tiny-2'])
      expect(
        (await send(edge.url, BALANCE, { token, headers: { 'X-Request-ID': id } })).headers['ratelimit-policy'],
      ).toBe('"minute";q=10;w=60, "day";q=100;w=86400');
    // Whatever the second request had logged stands before its own line.
    await waitFor(() => edge.logs().some((line) => line.includes('"request_id":"tiny-2"')));
    expect(edge.logs().filter((line) => line.includes('RATE_LIMIT_TIERS does not name'))).toHaveLength(1);
  });

  test('operators and services have their own, and do not use up the address’s', async () => {
    const grant = await stack.send('/api/v1/credits/admin/grant', {
      method: 'POST',
      json: {},
      headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
    });
    expect(grant.headers['x-ratelimit-limit']).toBe('6000');
    const check = await stack.send('/internal/credits/check?user_id=x&cost=1', {
      headers: { 'X-Service-Key': KEYS.SERVICE_API_KEY },
    });
    expect(check.headers['x-ratelimit-limit']).toBe('60000');
  });
});

describe('callers without an account', () => {
  test('are counted by address: 60 a minute, exactly, over both edges', async () => {
    const client = from('198.51.100.2');
    const answers = await Promise.all(
      Array.from({ length: 70 }, (_value, index) =>
        send(index % 2 === 0 ? stack.edge.url : other.url, '/api/v1/credits/costs', client),
      ),
    );
    expect(statuses(answers)).toEqual({ 200: 60, 429: 10 });
    expect((await stack.send('/api/v1/credits/costs', from('198.51.100.3'))).status).toBe(200);
  });

  test('an IPv6 network of one customer is one client', async () => {
    const addresses = Array.from({ length: 61 }, (_value, index) => `2001:db8:1:2::${index.toString(16)}`);
    const answers = await Promise.all(addresses.map((address) => stack.send('/api/v1/credits/costs', from(address))));
    expect(statuses(answers)).toEqual({ 200: 60, 429: 1 });
  });

  test('what is no readable request is 400 even past the limit, and says where the limit stands', async () => {
    const bytes = Array.from({ length: 70 }, (_value, index) =>
      index % 2 === 0 ? 'GARBAGE\r\n\r\n' : 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
    const answers = await Promise.all(bytes.map((text) => sendRaw(stack.edge.url, text)));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*x-ratelimit-remaining: \d+\r\n/i);
    expect(answers.filter((answer) => /x-ratelimit-remaining: 0\r\n/i.test(answer)).length).toBeGreaterThanOrEqual(10);
  });

  test('probes of /health use nothing up', async () => {
    const client = from('198.51.100.4');
    const answers = await Promise.all(Array.from({ length: 100 }, () => stack.send('/health', client)));
    expect(statuses(answers)).toEqual({ 200: 100 });
    expect(answers.every((answer) => number(answer, 'x-ratelimit-remaining') === 60)).toBe(true);
  });

  test('the demo sign-in has 10 a minute of its own per address', async () => {
    const client = { method: 'POST', ...from('198.51.100.5') };
    const answers = await Promise.all(Array.from({ length: 14 }, () => stack.send('/api/v1/auth/demo', client)));
    expect(statuses(answers)).toEqual({ 200: 10, 429: 4 });
    expect(answers[0]?.headers['ratelimit-policy']).toBe('"minute";q=60;w=60, "auth.demo";q=10;w=60');
    expect((await stack.send('/api/v1/auth/demo', { method: 'POST', ...from('198.51.100.6') })).status).toBe(200);
  });
});

describe('an API key', () => {
  test('may have a limit of its own, inside its owner’s', async () => {
    const user = await stack.signIn('pro');
    const { key } = await stack.createKey(user, { rate_limit_per_minute: 3 });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => stack.send(BALANCE, { headers: { 'X-API-Key': key } })),
    );
    expect(statuses(answers)).toEqual({ 200: 3, 429: 2 });
    expect(answers[0]?.headers['ratelimit-policy']).toBe('"minute";q=60;w=60, "day";q=1000;w=86400, "key";q=3;w=60');
    // The owner's session and other keys go on; what the key used counts for the owner as well: 3 here, 2 to make the key.
    const session = await stack.send(BALANCE, { token: user.token });
    expect([session.status, session.headers['x-ratelimit-remaining']]).toEqual([200, '54']);
  });
});
