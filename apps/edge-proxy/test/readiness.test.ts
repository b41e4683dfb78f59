import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, startApp, waitFor, type RunningApp, type TestDatabase } from '@turnpike/test-kit';
import { send } from './support/send.ts';
import { startStack, type EdgeStack } from './support/stack.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';

/** What readiness says of each dependency that is down, and for which an edge is no longer of use (docs/readiness.md). */
const MODES = ['refuse', 'stall'] as const;

let stack: EdgeStack;
let database: TestDatabase;
let auth: RunningApp;
let edge: RunningApp;
let ways: Record<'postgres' | 'redis' | 'users' | 'credits', TcpProxy>;
beforeAll(async () => {
  stack = await startStack();
  database = await createTestDatabase('auth');
  const redis = new URL(stack.redis.url);
  const postgres = new URL(database.env.DATABASE_URL);
  ways = {
    postgres: await startTcpProxy(`http://${postgres.host}`),
    redis: await startTcpProxy(`http://${redis.host}`),
    users: await startTcpProxy(stack.urls.users),
    credits: await startTcpProxy(stack.urls.credits),
  };
  postgres.port = String(ways.postgres.port);
  redis.port = String(ways.redis.port);
  auth = await startApp('auth', { ...stack.env, ...database.env, DATABASE_URL: postgres.href, AUTH_PORT: '0' });
  edge = await stack.startEdge({
    AUTH_URL: auth.url,
    USERS_URL: `http://127.0.0.1:${ways.users.port}`,
    CREDITS_URL: `http://127.0.0.1:${ways.credits.port}`,
    REDIS_URL: redis.href,
  });
});
afterAll(async () => {
  for (const way of Object.values(ways)) way.set('pass');
  await stack.stop();
  await auth.stop();
  await Promise.all(Object.values(ways).map((way) => way.close()));
  await database.drop();
});

const UP = { auth: 'up', redis: 'up', users: 'up', credits: 'up', revocations: 'up', clock: 'up' };
const expectReadiness = (status: number, said: string, checks: object) =>
  waitFor(async () => {
    const answer = await send(edge.url, '/health/ready');
    expect([answer.status, answer.body['status'], answer.body['checks']]).toEqual([status, said, checks]);
    return true;
  });

beforeEach(async () => {
  for (const way of Object.values(ways)) way.set('pass');
  await expectReadiness(200, 'ready', UP);
});

describe.each(MODES)('readiness with (%s)', (mode) => {
  test.each(['redis', 'users', 'credits'] as const)('%s down is degraded: the edge goes on', async (name) => {
    ways[name].set(mode);
    await expectReadiness(200, 'degraded', { ...UP, [name]: 'down' });
  });

  test('the PostgreSQL of auth down is not ready, though auth runs: nobody new can be let in', async () => {
    ways.postgres.set(mode);
    await expectReadiness(
      503,
      'not_ready',
      expect.objectContaining({ ...UP, auth: 'down', revocations: expect.anything() }),
    );
    expect((await send(auth.url, '/health')).status).toBe(200);
    expect((await send(edge.url, '/health')).status).toBe(200);
  });
});

test('asking often asks the services once a second', async () => {
  const asked = async (): Promise<number> => {
    const { text } = await send(auth.url, '/metrics');
    return Number(
      /^turnpike_http_request_duration_seconds_count\{[^}]*route="unmatched"[^}]*\} (\d+)$/m.exec(text)?.[1],
    );
  };
  const before = await asked();
  const startedMs = performance.now();
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(edge.url, '/health/ready')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  // One more for the question about the metrics itself, and one for a second that had begun.
  expect((await asked()) - before).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
});
