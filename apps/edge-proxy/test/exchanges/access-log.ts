import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, waitFor, type RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { send } from '../support/send.ts';
import type { EdgeStack } from '../support/stack.ts';

/** Each request leaves one line that tells why it ended as it did, and what an alert needs is a metric. */
export const accessLog: StackTests = (shared) => {
  const GENERATE = '/api/v1/timepoints/generate/sync';
  const GRAPH = '/api/v1/clockchain/graph';

  let stack: EdgeStack;
  /** Names addresses, and shows its metrics. */
  let edge: RunningApp;
  let metricsUrl: string;

  beforeAll(async () => {
    stack = await withEdge(shared());
    const metricsPort = await freePort();
    metricsUrl = `http://127.0.0.1:${metricsPort}`;
    edge = await stack.startEdge({ METRICS_PORT: String(metricsPort), ACCESS_LOG_ADDRESSES: 'true' });
  });

  afterAll(async () => {
    await edge.stop();
    await stack.stop();
  });

  type Line = Readonly<Record<string, unknown>>;

  function lineOf(id: string, of = edge): Promise<Line> {
    return waitFor(() =>
      of
        .logs()
        .filter((line) => line.includes('"msg":"request"'))
        .map((line) => JSON.parse(line) as Line)
        .find((line) => line['request_id'] === id),
    );
  }

  async function metric(name: string, label: string): Promise<number> {
    const { text } = await send(metricsUrl, '/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(label));
    return line === undefined ? 0 : Number(line.split(' ').at(-1));
  }

  test('a line names caller, upstream and its time, bytes, and what was charged', async () => {
    const { token, userId } = await stack.signIn();
    const headers = { 'X-Request-ID': 'line-1' };
    const charged = await metric('turnpike_edge_credits_charged_total', 'operation="generate_balanced"');
    const answer = await send(edge.url, `${GENERATE}?secret=1`, { method: 'POST', token, json: { a: 1 }, headers });
    const line = await lineOf('line-1');
    expect(line).toMatchObject({
      service: 'edge-proxy',
      level: 'info',
      method: 'POST',
      path: GENERATE,
      status: answer.status,
      principal: 'session',
      user: userId,
      tier: 'free',
      credits: 5,
      bytes_in: 7,
      address: '127.0.0.1',
    });
    expect(line['pid']).toEqual(expect.any(Number));
    expect(Number(line['upstream_ms'])).toBeGreaterThan(0);
    expect(Number(line['ms'])).toBeGreaterThanOrEqual(Number(line['upstream_ms']));
    expect(line).not.toHaveProperty('code');
    expect(JSON.stringify(line)).not.toContain('secret');
    expect(await metric('turnpike_edge_credits_charged_total', 'operation="generate_balanced"')).toBe(charged + 5);
    expect(
      await metric('turnpike_edge_upstream_duration_seconds_count', `upstream="${String(line['upstream'])}"`),
    ).toBe(1);
  });

  test('a refusal is named by its code, in the line and in a counter', async () => {
    const refusals = () => metric('turnpike_edge_refusals_total', 'code="auth.key_invalid"');
    const before = await refusals();
    const headers = { 'X-Request-ID': 'say-"why"', 'X-API-Key': 'sk_live_00000000000000000000000000000000' };
    expect((await send(edge.url, GRAPH, { headers })).status).toBe(401);
    expect(await lineOf('say-"why"')).toMatchObject({ status: 401, code: 'auth.key_invalid', principal: 'anonymous' });
    expect(await refusals()).toBe(before + 1);
  });

  test('a key is named by its id', async () => {
    const user = await stack.signIn();
    const key = await stack.createKey(user);
    await send(edge.url, GRAPH, { headers: { 'X-Request-ID': 'by-key-1', 'X-API-Key': key.key } });
    expect(await lineOf('by-key-1')).toMatchObject({ principal: 'key', user: user.userId, key: key.id });
  });

  test('credentials that are remembered are told from those that auth was asked about', async () => {
    const { token } = await stack.signIn();
    const lookups = async () => [
      await metric('turnpike_edge_credential_lookups_total', 'result="hit"'),
      await metric('turnpike_edge_credential_lookups_total', 'result="miss"'),
    ];
    const [hits = 0, misses = 0] = await lookups();
    for (let call = 0; call < 3; call += 1) await send(edge.url, GRAPH, { token });
    expect(await lookups()).toEqual([hits + 2, misses + 1]);
  });

  test('addresses are left out unless an operator wants them', async () => {
    await stack.send(GRAPH, { headers: { 'X-Request-ID': 'elsewhere-1' } });
    expect(await lineOf('elsewhere-1', stack.edge)).not.toHaveProperty('address');
  });

  test('10,000 paths and keys make no series of their own', async () => {
    const series = async () => (await send(metricsUrl, '/metrics')).text.split('\n').length;
    await send(edge.url, '/nothing/at/all', { headers: { 'X-API-Key': 'sk_live_none' } });
    const before = await series();
    const paths = Array.from({ length: 10_000 }, (_value, index) => index);
    const next = async (): Promise<void> => {
      for (let index = paths.pop(); index !== undefined; index = paths.pop())
        await send(edge.url, `/nothing/at/${index}`, { headers: { 'X-API-Key': `sk_live_${index}` } });
    };
    await Promise.all(Array.from({ length: 16 }, next));
    expect(await series()).toBeLessThanOrEqual(before + 20);
  });

  test('a request that a shutdown cuts is logged as cut', async () => {
    const leaving = await stack.startEdge({ SHUTDOWN_DRAIN_MS: '0', SHUTDOWN_TIMEOUT_MS: '1' });
    const { token } = await stack.signIn();
    const reached = new Promise<void>((resolve) => {
      stack.upstream.onRequest = () => {
        resolve();
        return true;
      };
    });
    const headers = { 'X-Request-ID': 'cut-1' };
    const sent = send(leaving.url, GRAPH, { token, headers }).catch(() => undefined);
    await reached;
    await leaving.stop();
    await sent;
    stack.upstream.reset();
    expect(await lineOf('cut-1', leaving)).toMatchObject({ status: 499, cut: true });
  });
};
