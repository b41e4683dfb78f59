import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestRedis, waitFor } from '@turnpike/test-kit';
import { call, createStores, startAuth, type Answer, type AuthInstance, type Stores } from '../harness.ts';

export function codeLimitsTests(): void {
  let stores: Stores;
  let auth: AuthInstance;

  /** Nobody listens there, and no worker runs: these tests are about what is let through, not about what arrives. */
  const SMTP_URL = 'smtp://127.0.0.1:1';

  beforeAll(async () => {
    stores = await createStores();
  });

  afterAll(async () => {
    await stores.database.drop();
  });

  beforeEach(async () => {
    auth = await startAuth(stores, {
      SMTP_URL,
      CODES_PER_ADDRESS_PER_HOUR: '3',
      CODES_PER_ADDRESS_TO_STRANGERS_PER_HOUR: '4',
      CODES_PER_CLIENT_PER_HOUR: '5',
      CODES_PER_MINUTE: '8',
    });
    await auth.context.database.query('DELETE FROM verification_window');
    await waitFor(() => auth.context.redis.status === 'ready');
  });

  afterEach(async () => {
    await auth.close();
  });

  let clients = 0;
  /** Asks for a code from a client address of its own, unless told. */
  const ask = (email: string, client = `198.51.100.${(clients += 1)}`): Promise<Answer> =>
    call(auth, 'POST', '/auth/verification/send-code', { body: { email }, headers: { 'x-forwarded-for': client } });

  async function passTime(seconds: number): Promise<void> {
    await auth.context.database.query(
      "UPDATE verification_window SET ends_at = ends_at - $1::int * interval '1 second'",
      seconds,
    );
  }

  async function counted(): Promise<number> {
    const [row] = await auth.context.database.query<{ used: number }>(
      "SELECT used FROM verification_window WHERE bucket = 'all-minute'",
    );
    return row?.used ?? 0;
  }

  describe('limits of mailed codes', () => {
    test('one a minute for an address and a client network, and the answer says when to come back', async () => {
      expect((await ask('one@example.com', '203.0.113.7')).status).toBe(202);
      const soon = await ask('one@example.com', '203.0.113.7');
      expect(soon.status).toBe(429);
      expect(soon.body).toEqual({
        success: false,
        data: null,
        error: {
          code: 'rate_limit.exceeded',
          message: expect.any(String),
          details: { request_id: expect.any(String) },
        },
      });
      const seconds = Number(soon.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(60);
      await passTime(60);
      expect((await ask('one@example.com', '203.0.113.7')).status).toBe(202);
    });

    test('50 at once for one address from one network let one through', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask('crowd@example.com', '203.0.113.7')));
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(49);
      expect(await counted()).toBe(1);
    });

    test('50 at once for one address from 50 networks let through what strangers have in an hour', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask('crowd@example.com')));
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(4);
      expect(await counted()).toBe(4);
    });

    test('letter case makes no other address', async () => {
      expect((await ask('case@example.com', '203.0.113.7')).status).toBe(202);
      expect((await ask('Case@Example.COM', '203.0.113.7')).status).toBe(429);
    });

    test('so many an hour for an address and a network', async () => {
      for (let round = 0; round < 3; round += 1) {
        expect((await ask('hourly@example.com', '203.0.113.7')).status).toBe(202);
        await passTime(60);
      }
      expect((await ask('hourly@example.com', '203.0.113.7')).status).toBe(429);
      expect((await ask('hourly@example.com', '203.0.113.8')).status).toBe(202);
    });

    test('so many an hour for a client, whatever the addresses; its IPv6 neighbours are the same client', async () => {
      for (let n = 0; n < 5; n += 1) expect((await ask(`c${n}@example.com`, `2001:db8:1:2::${n}`)).status).toBe(202);
      expect((await ask('c5@example.com', '2001:db8:1:2:ffff::1')).status).toBe(429);
      expect((await ask('c5@example.com', '2001:db8:1:3::1')).status).toBe(202);
    });

    test('so many a minute over all', async () => {
      for (let n = 0; n < 8; n += 1) expect((await ask(`all${n}@example.com`)).status).toBe(202);
      expect((await ask('all8@example.com')).status).toBe(429);
      await passTime(60);
      expect((await ask('all8@example.com')).status).toBe(202);
    });

    test('a refused request consumes nothing', async () => {
      expect((await ask('refused@example.com', '203.0.113.1')).status).toBe(202);
      for (let n = 0; n < 20; n += 1) expect((await ask('refused@example.com', '203.0.113.1')).status).toBe(429);
      for (let n = 0; n < 4; n += 1) expect((await ask(`free${n}@example.com`, '203.0.113.1')).status).toBe(202);
      expect(await counted()).toBe(5);
    });
  });

  describe('when the queue is down', () => {
    test('503, nothing counted, and the next try goes through', async () => {
      const redis = await createTestRedis();
      const cutOff = await startAuth(stores, { SMTP_URL, REDIS_URL: 'redis://127.0.0.1:1' });
      const request = { body: { email: 'later@example.com' }, headers: { 'x-forwarded-for': '203.0.113.9' } };
      try {
        const down = await call(cutOff, 'POST', '/auth/verification/send-code', request);
        expect(down.status).toBe(503);
        expect(down.headers.get('retry-after')).toBe('1');
      } finally {
        await cutOff.close();
      }
      expect(await counted()).toBe(0);
      const back = await startAuth(stores, { SMTP_URL, REDIS_URL: redis.url });
      try {
        await waitFor(() => back.context.redis.status === 'ready');
        expect((await call(back, 'POST', '/auth/verification/send-code', request)).status).toBe(202);
      } finally {
        await back.close();
      }
    });

    test('without a mail server sign-in by e-mail is off: 503', async () => {
      const mute = await startAuth(stores);
      try {
        expect(
          (await call(mute, 'POST', '/auth/verification/send-code', { body: { email: 'x@example.com' } })).status,
        ).toBe(503);
      } finally {
        await mute.close();
      }
    });
  });
}
