import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REVOCATION_STREAM } from '@turnpike/contracts';
import { createRedis, createLogger } from '@turnpike/service-kit';
import {
  createTestDatabase,
  startPostgres,
  startRedis,
  waitFor,
  type OwnStore,
  type RunningApp,
} from '@turnpike/test-kit';
import {
  asService,
  asUser,
  call,
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  startAuthProcess,
  type AuthInstance,
  type Stores,
} from './harness.ts';

let stores: Stores;
let postgres: OwnStore;
let redis: OwnStore;
/** The real process, jobs and all, over stores that the tests may stop. */
let app: RunningApp;
/** A way to make sessions over the same stores. */
let helper: AuthInstance;

beforeAll(async () => {
  stores = await createStores();
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const database = await createTestDatabase('auth', postgres.url);
  const env = { ...database.env, REDIS_URL: redis.url, DATABASE_TIMEOUT_MS: '4000' };
  app = await startAuthProcess({ ...stores.env, ...env });
  helper = await startAuth(stores, env);
});

afterAll(async () => {
  await helper.close();
  await app.stop();
  await Promise.all([postgres.dispose(), redis.dispose(), stores.database.drop()]);
});

describe('PostgreSQL down', () => {
  test('a refresh is 503 with Retry-After, never 401, and the token works afterwards', async () => {
    const { response } = await openSession(helper);
    await postgres.kill();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(app, response.refresh_token)));
    for (const { status, body, headers } of answers) {
      expect([status, body['code']]).toEqual([503, 'service.unavailable']);
      expect(headers.get('retry-after')).toBe('1');
    }
    expect((await introspect(app, response.access_token)).status).toBe(503);
    expect((await call(app, 'GET', '/health')).status).toBe(200);
    expect((await call(app, 'GET', '/health/ready')).status).toBe(503);
    await postgres.start();
    await waitFor(async () => (await refresh(app, response.refresh_token)).status === 200);
  });

  test('a made-up token is still 401: nothing had to be asked', async () => {
    await postgres.kill();
    expect((await refresh(app, 'rt_made-up')).status).toBe(401);
    await postgres.start();
    const { response } = await waitFor(() => openSession(helper));
    await waitFor(async () => (await refresh(app, response.refresh_token)).status === 200);
  });

  test('too slow, a refresh is 503 within the time limit and rotates nothing', async () => {
    const { response, sessionId } = await openSession(helper);
    const answer = await helper.context.database.transaction(async ({ query }) => {
      await query('SELECT FROM session WHERE id = $1::uuid FOR UPDATE', sessionId);
      return refresh(app, response.refresh_token);
    });
    expect(answer.status).toBe(503);
    const rows = await helper.context.database.query(
      'SELECT previous_digest FROM session WHERE id = $1::uuid',
      sessionId,
    );
    expect(rows).toEqual([{ previous_digest: null }]);
    expect((await refresh(app, response.refresh_token)).status).toBe(200);
  });
});

describe('Redis down', () => {
  test('logging out works, edges find it by polling, and the stream has it once Redis is back', async () => {
    const session = await openSession(helper);
    const since = new Date().toISOString();
    await redis.stop();
    const path = '/api/v1/auth/logout';
    const answer = await call(app, 'POST', path, { headers: asUser('POST', path, session.userId, session.sessionId) });
    expect(answer.status).toBe(200);
    expect((await introspect(app, session.response.access_token)).body).toEqual({ active: false });
    const polled = await call(app, 'GET', `/internal/auth/revocations?since=${since}`, { headers: asService });
    expect(JSON.stringify(polled.body)).toContain(session.sessionId);
    await redis.start();
    const client = createRedis(redis.url, createLogger('test', 'silent'));
    await waitFor(async () =>
      JSON.stringify(await client.xrange(REVOCATION_STREAM, '-', '+')).includes(session.sessionId),
    );
    client.disconnect();
  });
});
