import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { startRedisCluster, type RedisCluster } from '@turnpike/test-kit/redis-cluster';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { send } from '../support/send.ts';
import type { EdgeStack } from '../support/stack.ts';

export const redisCluster: StackTests = (shared) => {
  let cluster: RedisCluster;
  let stack: EdgeStack;
  let edges: RunningApp[];
  beforeAll(async () => {
    cluster = await startRedisCluster();
    stack = await withEdge(shared());
    // The edges use the cluster; the services keep the Redis of the run, so revocations reach the edges by asking auth.
    const settings = {
      REDIS_URL: cluster.nodes[0]?.url ?? '',
      REDIS_CLUSTER: 'true',
      RATE_LIMIT_TIERS: JSON.stringify({ free: { per_minute: 10, per_day: 100 }, anonymous: { per_minute: 10 } }),
      TRUSTED_PROXIES: '127.0.0.1',
    };
    edges = await Promise.all([stack.startEdge(settings), stack.startEdge(settings)]);
  });
  afterAll(async () => {
    await stack.stop();
    await cluster.dispose();
  });

  const onBoth = (index: number): string => edges[index % 2]?.url ?? '';

  test('limits are exact over two edges, for many callers spread over the nodes', async () => {
    const addresses = Array.from({ length: 30 }, (_value, index) => `198.51.100.${index}`);
    const admitted = await Promise.all(
      addresses.map(async (address) => {
        const answers = await Promise.all(
          Array.from({ length: 14 }, (_value, index) =>
            send(onBoth(index), '/api/v1/credits/costs', { headers: { 'X-Forwarded-For': address } }),
          ),
        );
        return answers.filter(({ status }) => status === 200).length;
      }),
    );
    expect(admitted).toEqual(addresses.map(() => 10));
    expect((await cluster.keysPerNode()).every((keys) => keys > 0)).toBe(true);
    for (const edge of edges)
      expect(edge.logs().filter((line) => line.includes('decided by this edge alone'))).toEqual([]);
  });

  test('a route’s own limit, a user’s tier and a day are decided in one step', async () => {
    const demo = await Promise.all(
      Array.from({ length: 12 }, (_value, index) =>
        send(onBoth(index), '/api/v1/auth/demo', { method: 'POST', headers: { 'X-Forwarded-For': '203.0.113.1' } }),
      ),
    );
    expect(demo.filter(({ status }) => status === 200)).toHaveLength(10);
    const user = await stack.signIn();
    const answers = await Promise.all(
      Array.from({ length: 15 }, (_value, index) => send(onBoth(index), '/api/v1/timepoints', { token: user.token })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(answers.find(({ status }) => status === 429)?.headers['ratelimit']).toMatch(
      /^"minute";r=0;t=\d+, "day";r=90;t=\d+$/,
    );
  });

  test('metered requests, kept answers and revocations work', async () => {
    const user = await stack.signIn();
    const call = () =>
      send(onBoth(0), '/api/v1/timepoints/generate/sync', {
        method: 'POST',
        token: user.token,
        json: {},
        headers: { 'Idempotency-Key': 'k' },
      });
    expect((await call()).headers['x-credits-charged']).toBe('5');
    expect((await call()).headers['idempotency-replayed']).toBe('true');
    expect(await stack.balance(user)).toBe(45);
  });
};
