import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { RECORDS_STREAM, type adminTraffic } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { member, person } from './start-usage.ts';
import { STORES, type UsageOverStore } from './stores.ts';

type Traffic = z.output<(typeof adminTraffic)['responses'][200]>;

const TRAFFIC = '/api/v1/usage/admin/traffic';
const MINUTE_MS = 60_000;

describe.each(STORES)('GET /api/v1/usage/admin/traffic over $name', ({ start }) => {
  let usage: UsageOverStore;
  /** The middle of a minute that is over. */
  const atMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS + 30_000;
  const [userId, organisationId] = [randomUUID(), randomUUID()];
  beforeAll(async () => {
    usage = await start();
    const failed = { status: 503, route: 'reports', upstream: 'reports' } as const;
    const requests = [
      { atMs, caller: person(userId), route: 'chat', upstream: 'turnpike:llm', durationUs: 15_000 },
      { atMs, caller: member(userId, organisationId), route: 'chat', upstream: 'turnpike:llm', durationUs: 15_000 },
      { atMs, route: 'chat', upstream: 'turnpike:llm', status: 429, detail: { code: 'rate_limit.exceeded' } },
      { ...failed, atMs, detail: { code: 'upstream.unavailable' } },
      { ...failed, atMs: atMs + MINUTE_MS, caller: person(userId), detail: { code: 'upstream.unavailable' } },
      { ...failed, atMs, status: 500 },
      { atMs, route: null, status: 404, detail: { code: 'route.not_found' } },
    ];
    const producer = randomUUID();
    // The same batch again, beside another that says the same of the same minute.
    await usage.leave(requests, producer, 1);
    await usage.leave(requests, producer, 1);
    await usage.leave([requests[0] ?? {}], producer, 2);
    await drained();
    await usage.leave(requests, producer, 1);
    await drained();
  });
  afterAll(() => usage.stop());

  const drained = () => waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0);
  const asked = async (query = 'minutes=60'): Promise<Traffic> => {
    const { status, body } = await usage.asOperator(`${TRAFFIC}?${query}`);
    expect(status).toBe(200);
    return body as unknown as Traffic;
  };

  test('counts everybody’s requests, each batch once, and how long they took', async () => {
    const { totals, series } = await asked();
    expect(totals).toMatchObject({ requests: 8, refused: 2, failed: 3 });
    expect(series.map(({ minute, requests, failed }) => [Date.parse(minute), requests, failed])).toEqual([
      [atMs - 30_000, 7, 2],
      [atMs + 30_000, 1, 1],
    ]);
  });

  test('groups errors by status, code and route, the most frequent first, and says what they mean', async () => {
    const { errors } = await asked();
    expect(errors.map(({ status, code, route, requests }) => [status, code, route, requests])).toEqual([
      [503, 'upstream.unavailable', 'reports', 2],
      [404, 'route.not_found', null, 1],
      [429, 'rate_limit.exceeded', 'chat', 1],
      [500, null, 'reports', 1],
    ]);
    expect(Date.parse(errors[0]?.last_minute ?? '')).toBe(atMs + 30_000);
    expect(errors[1]?.meaning).toBe('There is no such path.');
    expect(errors[3]?.meaning).toBeNull();
  });

  test('sums up routes and upstreams, with quantiles', async () => {
    const { routes, upstreams } = await asked();
    expect(routes.map(({ route, requests, refused, failed }) => [route, requests, refused, failed])).toEqual([
      ['chat', 4, 1, 0],
      ['reports', 3, 0, 3],
      [null, 1, 1, 0],
    ]);
    expect(upstreams.map(({ upstream, requests }) => [upstream, requests])).toEqual([
      ['turnpike:llm', 4],
      ['reports', 3],
      [null, 1],
    ]);
    const { p50, p95 } = routes[0]?.latency_ms ?? {};
    expect(p50).toBeGreaterThan(10);
    expect(p95).toBeLessThanOrEqual(20);
  });

  test('of the minutes that are asked for: none of others, and up to now', async () => {
    const { totals } = await asked(`minutes=1&to=${new Date(atMs + MINUTE_MS).toISOString()}`);
    expect(totals).toMatchObject({ requests: 1, failed: 1 });
    const { from, to, totals: none } = await asked('minutes=1');
    expect(none).toEqual({ requests: 0, refused: 0, failed: 0, latency_ms: { p50: null, p95: null, p99: null } });
    expect(Date.parse(to)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(to) - Date.parse(from)).toBeLessThanOrEqual(MINUTE_MS);
  });

  test('an erasure leaves it as it is, since it knows nobody', async () => {
    const before = await asked();
    await usage.send('POST', '/internal/usage/erasures', {}, { user_id: userId, receipt_id: randomUUID() });
    expect((await asked()).totals).toEqual(before.totals);
    expect(JSON.stringify(await usage.rows('SELECT * FROM usage_traffic'))).not.toContain(userId);
  });

  test.each(['minutes=0', 'minutes=61', 'minutes=1e1', 'to=soon'])('422 for %s', async (query) => {
    expect((await usage.asOperator(`${TRAFFIC}?${query}`)).status).toBe(422);
  });

  test('403 for everybody but operators', async () => {
    expect((await usage.send('GET', TRAFFIC, { 'X-Admin-Key': 'wrong' })).status).toBe(403);
    expect((await usage.asUser(userId, TRAFFIC)).status).toBe(403);
  });
});
