import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger, createRedis, uuidv7 } from '@turnpike/service-kit';
import { createTestRedis, waitFor, type TestRedis } from '@turnpike/test-kit';
import { PasswordThrottle, TooManyTries, type PasswordTry } from '../../src/passwords/domain/throttle.ts';
import { wideNetwork } from '../../src/passwords/domain/wide-network.ts';
import { localWindows, storedWindows, type TryWindows } from '../../src/passwords/try-windows.ts';

export function throttleTests(): void {
  let stores: TestRedis;
  let redis: ReturnType<typeof createRedis>;

  beforeAll(async () => {
    stores = await createTestRedis();
    redis = createRedis(stores.url, createLogger('auth', 'silent'));
    await waitFor(() => redis.status === 'ready');
  });

  afterAll(() => redis.disconnect());

  const monotonicMs = () => performance.now();
  const silent = () => {};

  function throttle(overrides: { stored?: TryWindows; onOutage?: (error: unknown) => void } = {}): PasswordThrottle {
    const options = { stored: storedWindows(redis), local: localWindows(monotonicMs), monotonicMs, onOutage: silent };
    return new PasswordThrottle({ ...options, ...overrides });
  }

  /** A try from a network that nobody else uses. */
  function tryOf(overrides: Partial<PasswordTry> = {}): PasswordTry {
    return { address: uuidv7(), wideNetwork: uuidv7(), network: uuidv7(), known: false, revision: '1', ...overrides };
  }

  const wrong = () => Promise.resolve(undefined);
  const right = () => Promise.resolve<true>(true);

  type Outcome = 'right' | 'wrong' | 'refused';
  function outcomeOf(attempt: Promise<true | undefined>): Promise<Outcome> {
    return attempt.then(
      (result) => (result === true ? 'right' : 'wrong'),
      (error: unknown) => {
        if (error instanceof TooManyTries) return 'refused';
        throw error;
      },
    );
  }

  async function outcomes(
    count: number,
    attempt: (index: number) => Promise<true | undefined>,
  ): Promise<Record<string, number>> {
    const all = await Promise.all(Array.from({ length: count }, (_, index) => outcomeOf(attempt(index))));
    return Object.fromEntries(
      Object.entries(Object.groupBy(all, (outcome) => outcome)).map(([key, list]) => [key, list.length]),
    );
  }

  describe('a hundred guesses at once', () => {
    test('are ten, whichever instance they reach', async () => {
      const instances = [throttle(), throttle()];
      const target = tryOf();
      expect(await outcomes(100, (index) => (instances[index % 2] ?? throttle()).attempt(target, wrong))).toEqual({
        wrong: 10,
        refused: 90,
      });
    });

    test('are ten, also of those that take their time', async () => {
      const one = throttle();
      const target = tryOf();
      const slow = () =>
        new Promise<undefined>((resolve) => setImmediate(() => setImmediate(() => resolve(undefined))));
      expect(await outcomes(100, () => one.attempt(target, slow))).toEqual({ wrong: 10, refused: 90 });
    });

    test('that are right are all let in: they only wait for each other', async () => {
      const one = throttle();
      const target = tryOf();
      expect(await outcomes(100, () => one.attempt(target, right))).toEqual({ right: 100 });
      expect(await outcomes(1, () => one.attempt(target, wrong))).toEqual({ wrong: 1 });
    });
  });

  describe('what is counted', () => {
    let one: PasswordThrottle;
    beforeEach(() => {
      one = throttle();
    });

    const fail = async (count: number, attempt: (index: number) => PasswordTry) => {
      for (let index = 0; index < count; index += 1)
        expect(await outcomeOf(one.attempt(attempt(index), wrong))).toBe('wrong');
    };

    test('is a hundred failures of one network, at any addresses', async () => {
      const network = { wideNetwork: uuidv7() };
      await fail(100, () => tryOf(network));
      expect(await outcomeOf(one.attempt(tryOf(network), right))).toBe('refused');
      expect(await outcomeOf(one.attempt(tryOf(), right))).toBe('right');
    });

    test('is fifty failures at one address, of networks that it does not know', async () => {
      const address = { address: uuidv7() };
      await fail(50, () => tryOf(address));
      expect(await outcomeOf(one.attempt(tryOf(address), right))).toBe('refused');
      expect(await outcomeOf(one.attempt(tryOf({ ...address, known: true }), right))).toBe('right');
    });

    test('is of a known network its own failures only', async () => {
      const home = { address: uuidv7(), wideNetwork: uuidv7() };
      await fail(10, () => tryOf(home));
      expect(await outcomeOf(one.attempt(tryOf(home), right))).toBe('refused');
      const known = tryOf({ ...home, known: true });
      await fail(10, () => known);
      expect(await outcomeOf(one.attempt(known, right))).toBe('refused');
    });

    test('is of the password that was there: a new one begins with nothing', async () => {
      const target = tryOf();
      await fail(10, () => target);
      expect(await outcomeOf(one.attempt({ ...target, revision: '2' }, right))).toBe('right');
    });

    test('is no try that could not be judged', async () => {
      const target = tryOf();
      for (let count = 0; count < 12; count += 1) {
        await expect(one.attempt(target, () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
      }
      expect(await outcomeOf(one.attempt(target, right))).toBe('right');
    });

    test('ends with its window', async () => {
      const target = tryOf();
      await fail(10, () => target);
      const refused = await one.attempt(target, right).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(TooManyTries);
      expect((refused as TooManyTries).retryAfterSeconds).toBeGreaterThan(800);
      expect((refused as TooManyTries).retryAfterSeconds).toBeLessThanOrEqual(900);
      for (const key of await redis.keys(`*${target.address}*`)) {
        expect(await redis.pttl(key)).toBeGreaterThan(0);
        await redis.del(key);
      }
      expect(await outcomeOf(one.attempt(target, right))).toBe('right');
    });
  });

  test('without Redis an instance allows a quarter, says so once, and asks again', async () => {
    const told: unknown[] = [];
    let down = true;
    const stored = storedWindows(redis);
    const breaking: TryWindows = {
      count: (windows) => (down ? Promise.reject(new Error('gone')) : stored.count(windows)),
      uncount: (windows, ends) => stored.uncount(windows, ends),
    };
    let nowMs = 0;
    const one = new PasswordThrottle({
      stored: breaking,
      local: localWindows(() => nowMs),
      monotonicMs: () => nowMs,
      onOutage: (error) => told.push(error),
    });
    const target = tryOf();
    expect(await outcomes(20, () => one.attempt(target, right))).toEqual({ right: 20 });
    expect(await outcomes(20, () => one.attempt(target, wrong))).toEqual({ wrong: 2, refused: 18 });
    nowMs += 1_000;
    expect(await outcomes(5, () => one.attempt(target, wrong))).toEqual({ refused: 5 });
    expect(told).toHaveLength(1);
    down = false;
    nowMs += 1_000;
    expect(await outcomes(5, () => one.attempt(target, wrong))).toEqual({ wrong: 5 });
  });

  describe('a stranger’s network', () => {
    test.each([
      ['192.0.2.77', '192.0.2.0/24'],
      ['2001:db8:1:2::/64', '2001:db8:1:0::/56'],
      ['2001:db8:1:12ff::/64', '2001:db8:1:1200::/56'],
      ['0:0:0:0::/64', '0:0:0:0::/56'],
      ['unknown', 'unknown'],
    ])('%s is one of %s', (network, wide) => {
      expect(wideNetwork(network)).toBe(wide);
    });
  });
}
