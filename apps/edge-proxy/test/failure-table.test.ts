import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeApiKey } from '@turnpike/contracts';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { send, type Answer } from './support/send.ts';
import type { SignedIn } from './support/stack.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { startUsageStack, type UsageStack } from './support/usage.ts';

/**
 * What is declared for each dependency that is down, or slow to a crawl (ARCHITECTURE.md). Never 401, 402 or 403 for an outage; a
 * dead dependency never hangs a request; money is closed by default.
 */
const SYNC = '/api/v1/timepoints/generate/sync';
const FREE = '/api/v1/timepoints';
type Way = 'auth' | 'users' | 'credits' | 'usage' | 'redis';
const MODES = ['refuse', 'stall'] as const;

let stack: UsageStack;
let edge: RunningApp;
let ways: Record<Way, TcpProxy>;
let user: SignedIn;
beforeAll(async () => {
  stack = await startUsageStack();
  const { host, pathname } = new URL(stack.redis.url);
  ways = {
    auth: await startTcpProxy(stack.urls.auth),
    users: await startTcpProxy(stack.urls.users),
    credits: await startTcpProxy(stack.urls.credits),
    usage: await startTcpProxy(stack.usageUrl),
    redis: await startTcpProxy(`http://${host}`),
  };
  const at = (way: Way): string => `http://127.0.0.1:${ways[way].port}`;
  edge = await stack.startEdge({
    AUTH_URL: at('auth'),
    USERS_URL: at('users'),
    CREDITS_URL: at('credits'),
    USAGE_URL: at('usage'),
    REDIS_URL: `redis://127.0.0.1:${ways.redis.port}${pathname}`,
    REDIS_TIMEOUT_MS: '1000',
    AUTH_TIMEOUT_MS: '5000',
    CREDITS_TIMEOUT_MS: '5000',
    SETTLE_WAIT_MS: '300',
    RATE_LIMIT_TIERS: JSON.stringify({
      free: { per_minute: 1_000, per_day: 100_000 },
      pro: { per_minute: 10 },
      anonymous: { per_minute: 100_000 },
    }),
  });
});
afterAll(async () => {
  await stack.stop();
  await Promise.all(Object.values(ways).map((way) => way.close()));
});
beforeEach(async () => {
  for (const way of Object.values(ways)) way.set('pass');
  stack.upstream.reset();
  user = await stack.signIn();
  // Known to the edge, and every way works.
  await waitFor(async () => (await send(edge.url, FREE, { token: user.token })).status === 200);
  await waitFor(async () => (await send(edge.url, '/api/v1/credits/balance', { token: user.token })).status === 200);
  stack.upstream.reset();
});

const at = (target: string, sending: object = {}): Promise<Answer> => send(edge.url, target, sending);
const generate = (who = user): Promise<Answer> => at(SYNC, { method: 'POST', token: who.token, json: {} });
/** What must be true of an answer that is about an outage. */
const isOutage = (answer: Answer): void => {
  expect(answer.status).toBe(503);
  expect(answer.body['code']).toMatch(/^(?:service|upstream)\.unavailable$/);
  expect(answer.headers['retry-after']).toBeDefined();
  expect(answer.headers['x-ratelimit-limit']).toBeDefined();
};

describe.each(MODES)('auth down (%s)', (mode) => {
  test('callers that are known go on, metered routes included; new ones get 503', async () => {
    const unknown = await stack.signIn();
    ways.auth.set(mode);
    expect((await at(FREE, { token: user.token })).status).toBe(200);
    expect((await generate()).status).toBe(200);
    isOutage(await at(FREE, { token: unknown.token }));
    isOutage(await at(FREE, { headers: { 'X-API-Key': composeApiKey('live', 'A'.repeat(30)) } }));
    expect((await at('/api/v1/clockchain/stats')).status).toBe(200);
    expect((await at('/health')).status).toBe(200);
    expect((await at('/health/ready')).status).toBe(503);
    ways.auth.set('pass');
    await waitFor(async () => (await at(FREE, { token: unknown.token })).status === 200);
    await waitFor(async () => (await at('/health/ready')).status === 200);
  });
});

describe.each(MODES)('users down (%s)', (mode) => {
  test('only what users serves is down', async () => {
    ways.users.set(mode);
    const pending = at('/api/v1/users/me/export', { token: user.token });
    expect((await at(FREE, { token: user.token })).status).toBe(200);
    expect((await generate()).status).toBe(200);
    if (mode === 'refuse') isOutage(await pending);
    ways.users.set('pass');
    await pending.catch(() => {});
    await waitFor(async () => (await at('/api/v1/users/me/export', { token: user.token })).status === 200);
  });
});

describe.each(MODES)('usage down (%s)', (mode) => {
  test('nothing waits for it, limits are told all the same, and only what it serves is down', async () => {
    ways.usage.set(mode);
    const pending = at('/api/v1/usage/requests', { token: user.token });
    expect((await at(FREE, { token: user.token })).status).toBe(200);
    expect((await generate()).status).toBe(200);
    expect((await at('/api/v1/usage/limits', { token: user.token })).status).toBe(200);
    if (mode === 'refuse') isOutage(await pending);
    ways.usage.set('pass');
    await pending.catch(() => {});
    await waitFor(async () => (await at('/api/v1/usage/requests', { token: user.token })).status === 200);
  });
});

describe.each(MODES)('credits down (%s)', (mode) => {
  test('metered routes are 503 and nothing is proxied; free routes go on', async () => {
    ways.credits.set(mode);
    isOutage(await generate());
    expect(stack.upstream.received).toEqual([]);
    expect((await at(FREE, { token: user.token })).status).toBe(200);
    ways.credits.set('pass');
    await waitFor(async () => (await generate()).status === 200);
    // What the outage may have held comes back by itself.
    await waitFor(async () => (await stack.balance(user)) === 45);
  });

  test('after the work is done the client has its answer, and the charge is made later, once', async () => {
    stack.upstream.respond = (_request, response) => {
      ways.credits.set(mode);
      response.end('done');
    };
    const answer = await generate();
    expect([answer.status, answer.text, answer.headers['x-credits-charged']]).toEqual([200, 'done', '5']);
    ways.credits.set('pass');
    await waitFor(async () => (await charges()) === 1);
    expect(await stack.balance(user)).toBe(45);
  });

  test('with Redis down as well, the charge waits in memory', async () => {
    stack.upstream.respond = (_request, response) => {
      ways.credits.set(mode);
      ways.redis.set('refuse');
      response.end('done');
    };
    expect((await generate()).status).toBe(200);
    ways.credits.set('pass');
    await waitFor(async () => (await charges()) === 1);
    expect(await stack.balance(user)).toBe(45);
  });
});

describe.each(MODES)('Redis down (%s)', (mode) => {
  test('requests go on, counted by this edge alone against its share, and exactly again afterwards', async () => {
    const pro = await stack.signIn('pro');
    expect((await at(FREE, { token: pro.token })).status).toBe(200);
    ways.redis.set(mode);
    const answers: Answer[] = [];
    for (let call = 0; call < 15; call += 1) answers.push(await at(FREE, { token: pro.token }));
    const admitted = answers.filter(({ status }) => status === 200).length;
    // Two edges share the 10 of the tier: at most the half each, but never nothing.
    expect(admitted).toBeGreaterThanOrEqual(1);
    expect(admitted).toBeLessThanOrEqual(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15 - admitted);
    expect(answers.every(({ headers }) => headers['x-ratelimit-limit'] === '10')).toBe(true);
    expect((await generate()).status).toBe(200);
    expect(await stack.balance(user)).toBe(45);
    ways.redis.set('pass');
    // The store kept its own count: one call before, so nine are left.
    await waitFor(async () => Number((await at('/nowhere')).headers['x-ratelimit-remaining']) > 90_000);
    await waitFor(async () => {
      const answer = await at(FREE, { token: pro.token });
      return answer.status === 200 && Number(answer.headers['x-ratelimit-remaining']) <= 8;
    });
  });
});

test('a service killed under traffic: no 401, 402 or 403, and all money accounted for', async () => {
  // Enough to never run out, also with holds that wait to be given back.
  const grant = {
    method: 'POST',
    headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
    json: { user_id: user.userId, amount: 950 },
  };
  expect((await at('/api/v1/credits/admin/grant', grant)).status).toBe(200);
  const seen = new Set<number>();
  let charged = 0;
  let stop = false;
  const traffic = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!stop) {
        const answer = await generate().catch(() => undefined);
        if (answer === undefined) continue;
        seen.add(answer.status);
        if (answer.status === 200) charged += 1;
        if (charged >= 40) stop = true;
      }
    }),
  );
  stack.upstream.respond = (_request, response) => response.writeHead(200, { 'X-Credits-Cost': '1' }).end('{}');
  try {
    await waitFor(() => charged > 3);
    await stack.apps.credits.kill('SIGKILL');
    await waitFor(() => seen.has(503));
    await stack.restart('credits');
    await waitFor(() => stop);
  } finally {
    stop = true;
    await traffic;
  }
  expect(seen).toEqual(new Set([200, 503]));
  await waitFor(async () => (await stack.balance(user)) === 1_000 - charged);
});

async function charges(): Promise<number> {
  const history = await stack.send('/api/v1/credits/history', { token: user.token });
  return (JSON.parse(history.text) as { amount: number }[]).filter(({ amount }) => amount < 0).length;
}

test('after all of it the ledger verifies', () => stack.verify());
