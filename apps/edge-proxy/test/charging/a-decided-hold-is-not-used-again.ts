import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { waitFor, withClient, type RunningApp } from '@turnpike/test-kit';
import { send, type Answer } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const SYNC = '/api/v1/timepoints/generate/sync';
const KEY = { 'Idempotency-Key': 'told-late' };
/** Each attempt to tell credits waits twice as long as the one before, so that a busy machine takes its time. */
const PATIENT = { timeoutMs: 80_000 };

/**
 * The end of a hold that credits could not be told of is still its end: a repetition under the same `Idempotency-Key` does not use that hold, and
 * lose it under its feet when credits hears of the end at last. Nor is what was charged done again, for want of the ledger's word.
 */
export function aDecidedHoldIsNotUsedAgain(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let edge: RunningApp;
  let way: TcpProxy;
  let redisWay: TcpProxy;
  let redis: Redis;
  let user: SignedIn;
  beforeAll(async () => {
    stack = shared();
    way = await startTcpProxy(stack.urls.credits);
    redis = new Redis(stack.redis.url);
    const { host, pathname } = new URL(stack.redis.url);
    redisWay = await startTcpProxy(`http://${host}`);
    edge = await stack.startEdge({
      CREDITS_URL: `http://127.0.0.1:${way.port}`,
      CREDITS_TIMEOUT_MS: '4000',
      REDIS_URL: `redis://127.0.0.1:${redisWay.port}${pathname}`,
      REDIS_TIMEOUT_MS: '2000',
      SETTLE_WAIT_MS: '100',
    });
  });
  afterAll(async () => {
    redis.disconnect();
    await way.close();
    await redisWay.close();
  });
  beforeEach(async () => {
    way.set('pass');
    stack.upstream.reset();
    user = await stack.signIn();
  });

  const call = (url = edge.url): Promise<Answer> =>
    send(url, SYNC, { method: 'POST', token: user.token, json: {}, headers: KEY });

  /** A first call that costs nothing, and of which credits does not hear. */
  async function failed(): Promise<void> {
    stack.upstream.respond = (_request, response) => {
      way.set('refuse');
      response.writeHead(500).end('no');
    };
    expect(await call()).toMatchObject({ status: 500, headers: { 'x-credits-charged': '0' } });
  }

  /** Nothing is left for credits to hear. */
  async function isToldAll(): Promise<void> {
    await waitFor(async () => {
      const waiting = await redis.keys('*edge-settlements*');
      const counts = await Promise.all(
        waiting.flatMap((name) =>
          name.endsWith(':delayed') ? [redis.zcard(name)] : /:(?:wait|active)$/.test(name) ? [redis.llen(name)] : [],
        ),
      );
      return counts.every((count) => count === 0);
    });
  }

  /** The user's open holds. */
  async function openHolds(): Promise<number> {
    return withClient({ connectionString: stack.databases.credits.url }, async (database) => {
      const { rowCount } = await database.query(
        "SELECT FROM reservation r JOIN account a ON a.id = r.account_id WHERE a.owner_id = $1 AND r.state = 'open'",
        [user.userId],
      );
      return rowCount ?? 0;
    });
  }

  async function charges(): Promise<number[]> {
    const history = await stack.send('/api/v1/credits/history', { token: user.token });
    return (JSON.parse(history.text) as { amount: number }[]).flatMap(({ amount }) => (amount < 0 ? [amount] : []));
  }

  test('a return that is told late takes nothing from the repetition: it is charged as it says', async () => {
    await failed();
    let finish: (() => void) | undefined;
    stack.upstream.respond = (_request, response) => (finish = () => response.end('done'));
    way.set('pass');
    // Until credits has been told it is 503, as the next test has it.
    const again = waitFor(async () => {
      const answer = await call();
      return answer.status === 503 ? undefined : answer;
    }, PATIENT);
    await waitFor(() => finish, PATIENT);
    await isToldAll();
    finish?.();
    expect(await again).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    await isToldAll();
    expect([await charges(), await stack.balance(user)]).toEqual([[-5], 45]);
  });

  test('while credits is down a repetition is 503, and nothing is done', async () => {
    await failed();
    expect((await call()).status).toBe(503);
    expect(stack.upstream.received).toHaveLength(1);
    way.set('pass');
    stack.upstream.reset();
    expect(await call()).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    await isToldAll();
    expect([await charges(), await stack.balance(user)]).toEqual([[-5], 45]);
  });

  test('a charge that is told late is a charge: what could not be kept is not done again for it', async () => {
    stack.upstream.respond = (_request, response) => {
      way.set('refuse');
      response.end('x'.repeat(300_000));
    };
    expect(await call()).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    way.set('pass');
    expect(await call()).toMatchObject({ status: 409, body: { code: 'idempotency.conflict' } });
    expect(stack.upstream.received).toHaveLength(1);
    await isToldAll();
    expect([await charges(), await stack.balance(user)]).toEqual([[-5], 45]);
  });

  test('what the store knows of an end that is told late names nobody', async () => {
    await failed();
    const names = await redis.keys('*answers*');
    const values = await Promise.all(names.map((name) => redis.get(name)));
    expect(values.length).toBeGreaterThan(0);
    expect([...names, ...values].join('\n')).not.toMatch(new RegExp(`${user.userId}|told-late|generate_`));
    way.set('pass');
    await isToldAll();
  });

  test('a store that lost everything, with credits down, costs the user nothing and nobody a charge', async () => {
    await failed();
    await redis.flushdb();
    way.set('pass');
    await waitFor(async () => (await stack.balance(user)) === 50);
    stack.upstream.respond = (_request, response) => {
      way.set('refuse');
      response.end('done');
    };
    expect(await call()).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    await redis.flushdb();
    way.set('pass');
    await waitFor(async () => (await charges()).length === 1);
    expect(await stack.balance(user)).toBe(45);
  });

  test.each(['lost', 'down'])(
    'a store that was %s while the first request runs is told of it again: the repetition waits its turn, and does not share its hold',
    async (how) => {
      let finish: (() => void) | undefined;
      stack.upstream.respond = (_request, response) => (finish = () => response.end('done'));
      if (how === 'down') redisWay.set('refuse');
      const first = call();
      await waitFor(() => finish);
      redisWay.set('refuse');
      await redis.flushdb();
      redisWay.set('pass');
      await waitFor(async () => (await redis.keys('*answers*')).length === 1);
      expect(await call()).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
      finish?.();
      expect(await first).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
      expect((await call()).headers['idempotency-replayed']).toBe('true');
      await isToldAll();
      expect([stack.upstream.received.length, await charges(), await stack.balance(user)]).toEqual([1, [-5], 45]);
    },
  );

  test.each([
    ['the same edge', () => edge.url],
    ['another edge', () => stack.edge.url],
  ])(
    'a store that forgot who works for a hold lends it to nobody: the repetition at %s waits for the first request to end, and is told what it cost',
    async (_which, repeatedAt) => {
      let finish: (() => void) | undefined;
      stack.upstream.respond = (_request, response) => {
        if (finish === undefined) finish = () => response.end('done');
        else response.writeHead(500).end('a second time');
      };
      const first = call();
      await waitFor(() => finish);
      await redis.flushdb();
      expect(await call(repeatedAt())).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
      finish?.();
      expect(await first).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
      expect((await call(repeatedAt())).headers['idempotency-replayed']).toBe('true');
      await isToldAll();
      expect([stack.upstream.received.length, await charges(), await stack.balance(user)]).toEqual([1, [-5], 45]);
    },
  );

  test.each([
    ['up', 'pass'],
    ['down', 'refuse'],
  ] as const)(
    'a hold whose reserve was not answered is held for nobody: with the store %s a repetition is served soon, with a hold of its own',
    async (_how, mode) => {
      redisWay.set(mode);
      way.set('mute');
      expect((await call()).status).toBe(503);
      expect(await openHolds()).toBe(1);
      way.set('pass');
      const answer = await waitFor(async () => {
        const again = await call();
        return again.headers['retry-after'] === undefined ? again : undefined;
      });
      expect(answer).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
      await waitFor(async () => (await openHolds()) === 0);
      await isToldAll();
      expect([stack.upstream.received.length, await charges(), await stack.balance(user)]).toEqual([1, [-5], 45]);
      redisWay.set('pass');
    },
  );

  test('a repetition whose reserve was not answered gives nothing back of the first request, which still runs', async () => {
    let finish: (() => void) | undefined;
    stack.upstream.respond = (_request, response) => (finish = () => response.end('done'));
    const first = call();
    await waitFor(() => finish);
    await redis.flushdb();
    way.set('mute');
    expect((await call()).status).toBe(503);
    way.set('pass');
    await isToldAll();
    expect(await openHolds()).toBe(1);
    finish?.();
    expect(await first).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    await isToldAll();
    expect([stack.upstream.received.length, await charges(), await stack.balance(user)]).toEqual([1, [-5], 45]);
  });
}
