import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, waitFor, WRITE_REFUSALS, type OwnStore } from '@turnpike/test-kit';
import { asOperator, call, createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function codesWithoutRedisTests(): void {
  /** A Redis that takes no mail is an outage, however it says so, and the code that was not sent counts against nobody. */
  let stores: Stores;
  let store: OwnStore;
  let redis: Redis;
  let auth: AuthInstance;

  beforeAll(async () => {
    [stores, store] = await Promise.all([createStores(), startRedis()]);
    redis = new Redis(store.url);
    redis.on('error', () => {});
    auth = await startAuth(stores, { REDIS_URL: store.url, SMTP_URL: 'smtp://127.0.0.1:1' });
    await waitFor(() => auth.context.redis.status === 'ready');
  });

  afterAll(async () => {
    await auth.close();
    redis.disconnect();
    await store.dispose();
    await stores.database.drop();
  });

  const sendCode = (email: string) => call(auth, 'POST', '/auth/verification/send-code', { body: { email } });

  async function expectOutageThenSuccess(email: string, mend: () => Promise<unknown>): Promise<void> {
    const refused = await sendCode(email);
    expect([refused.status, refused.body]).toMatchObject([503, { error: { code: 'service.unavailable' } }]);
    expect(refused.headers.get('retry-after')).toBe('1');
    await mend();
    await waitFor(async () => {
      const answer = await sendCode(email);
      // Never 429: the code that could not be mailed was taken back.
      expect([202, 503]).toContain(answer.status);
      return answer.status === 202;
    });
  }

  test.each(Object.keys(WRITE_REFUSALS))('that reads and refuses writes (%s)', async (refusal) => {
    const mend = (await WRITE_REFUSALS[refusal]?.(redis)) ?? (() => Promise.resolve());
    await expectOutageThenSuccess(`${refusal.toLowerCase()}@codes.example`, mend);
  });

  test('that wants a password which auth has not', async () => {
    await redis.config('SET', 'requirepass', 'secret');
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expectOutageThenSuccess('noauth@codes.example', () => redis.config('SET', 'requirepass', ''));
  });

  test('that is silent, or gone', async () => {
    store.pause();
    await expectOutageThenSuccess('silent@codes.example', () => Promise.resolve(store.resume()));
    await store.stop();
    const failed = await call(auth, 'GET', '/api/v1/auth/admin/mail/failed', { headers: asOperator });
    expect(failed.status).toBe(503);
    await expectOutageThenSuccess('gone@codes.example', () => store.start());
  });
}
