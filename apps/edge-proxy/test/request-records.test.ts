import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEYS } from './support/keys.ts';
import { readRecords, type RecordReader } from './support/records.ts';
import { startStack, type EdgeStack } from './support/stack.ts';

let stack: EdgeStack;
let records: RecordReader;

const GENERATE = '/api/v1/timepoints/generate/sync';

beforeAll(async () => {
  stack = await startStack();
  records = readRecords(stack.redis.url);
});

afterAll(async () => {
  records.close();
  await stack.stop();
});

const withId = (id: string, more: Record<string, string> = {}) => ({ 'X-Request-ID': id, ...more });

describe('each request leaves one record', () => {
  test('of who called, where it went, how it ended and how long it took; without query, body and address', async () => {
    const { token, userId } = await stack.signIn();
    await stack.send('/api/v1/clockchain/graph?secret=of-a-query', { token, headers: withId('plain-1') });
    const record = await records.of('plain-1');
    expect(record.caller.slice(0, 2)).toEqual(['user', userId]);
    expect(record.caller[8]).toBe('free');
    expect(record.route.slice(1)).toEqual(['clockchain', 'loopback']);
    expect(record).toMatchObject({ method: 'GET', status: 200, attempts: 1, requestBytes: 0, detail: null });
    expect(record.responseBytes).toBeGreaterThan(0);
    expect(record.durationUs).toBeGreaterThanOrEqual(record.upstreamUs);
    expect(record.upstreamUs).toBeGreaterThan(0);
    expect(record.firstByteUs).toBeGreaterThan(0);
    expect(record.window?.slice(1)).toEqual([100_000, 60]);
    expect(record.remaining).toBeLessThan(100_000);
    const text = await records.text();
    expect(text).not.toContain('of-a-query');
    expect(text).not.toContain('127.0.0.1');
    expect((await records.all()).filter(({ requestId }) => requestId === 'plain-1')).toHaveLength(1);
  });

  test('of what was held and charged, under which price and hold', async () => {
    const { token } = await stack.signIn();
    const json = { query: 'secret words of a body' };
    const answer = await stack.send(GENERATE, { method: 'POST', token, json, headers: withId('metered-1') });
    expect(answer.status).toBe(200);
    const record = await records.of('metered-1');
    expect(record.detail).toMatchObject({
      operation: 'generate_balanced',
      priceVersion: 1,
      held: 5_000_000,
      charged: 5_000_000,
      chargeState: 'settled',
    });
    expect(record.detail?.hold).toMatch(/^[0-9a-f-]{36}$/);
    expect(record.requestBytes).toBe(JSON.stringify(json).length);
    expect(await records.text()).not.toContain('secret words');
  });

  test('of a hold that was returned, charged nothing', async () => {
    const { token } = await stack.signIn();
    stack.upstream.respond = (_request, response) => response.writeHead(503).end();
    await stack.send(GENERATE, { method: 'POST', token, json: {}, headers: withId('returned-1') });
    stack.upstream.reset();
    const { detail, status } = await records.of('returned-1');
    expect(status).toBe(503);
    expect(detail).toMatchObject({ held: 5_000_000, charged: 0, chargeState: 'released' });
  });

  test('of a 402, with price and balance of that moment', async () => {
    const { token } = await stack.signIn();
    for (let call = 0; call < 10; call += 1) await stack.send(GENERATE, { method: 'POST', token, json: {} });
    const refused = await stack.send(GENERATE, { method: 'POST', token, json: {}, headers: withId('broke-1') });
    expect(refused.status).toBe(402);
    const { detail } = await records.of('broke-1');
    expect(detail).toMatchObject({
      code: 'auth.insufficient_credits',
      operation: 'generate_balanced',
      cost: 5,
      balance: 0,
    });
  });

  test('of an answer that is given again, with the request that it was given to first', async () => {
    const { token } = await stack.signIn();
    const again = { 'Idempotency-Key': 'the-same-key' };
    await stack.send(GENERATE, { method: 'POST', token, json: {}, headers: withId('first-1', again) });
    await stack.send(GENERATE, { method: 'POST', token, json: {}, headers: withId('second-1', again) });
    const { detail, attempts } = await records.of('second-1');
    expect(detail).toEqual({ replayOf: 'first-1' });
    expect(attempts).toBe(0);
  });

  test('of a key that was revoked, with whose it was; of one that never was, with nobody', async () => {
    const user = await stack.signIn();
    const key = await stack.createKey(user);
    await stack.send('/api/v1/credits/balance', { headers: withId('good-key-1', { 'X-API-Key': key.key }) });
    await key.delete();
    const refused = await stack.send('/api/v1/credits/balance', {
      headers: withId('revoked-1', { 'X-API-Key': key.key }),
    });
    expect(refused.status).toBe(401);
    const good = await records.of('good-key-1');
    expect(good.caller[4]).toBe(key.id);
    expect(good.caller[5]).toMatch(/^[0-9a-f-]{36}$/);
    const prefix = key.key.slice(0, 'sk_live_'.length + 6);
    expect(good.keyPrefix).toBe(prefix);
    const revoked = await records.of('revoked-1');
    expect(revoked.caller.slice(0, 5)).toEqual(['refused', user.userId, null, null, key.id]);
    expect(revoked.detail).toMatchObject({ code: 'auth.key_revoked' });
    // One that was never used while it was good, so that nothing but the refusal can tell of it.
    const unused = await stack.createKey(user);
    await unused.delete();
    await stack.send('/api/v1/credits/balance', { headers: withId('unused-1', { 'X-API-Key': unused.key }) });
    expect((await records.of('unused-1')).keyPrefix).toBe(unused.key.slice(0, prefix.length));
    expect(await records.text()).not.toContain(key.key);
    await stack.send('/api/v1/credits/balance', { headers: withId('invented-1', { 'X-API-Key': `${key.key}x` }) });
    const invented = await records.of('invented-1');
    expect(invented.caller[0]).toBe('anonymous');
    expect(invented.detail).toMatchObject({ code: 'auth.key_invalid' });
  });

  test('of a path that nothing is at, and of an operator', async () => {
    await stack.send('/nothing/here', { headers: withId('nowhere-1') });
    const nowhere = await records.of('nowhere-1');
    expect(nowhere.route).toEqual([null, null, null]);
    expect(nowhere.path).toBe('');
    expect(await records.text()).not.toContain('/nothing/here');
    expect(nowhere.detail).toMatchObject({ code: 'route.not_found' });
    await stack.send('/api/v1/auth/admin/audit', {
      headers: withId('operator-1', { 'X-Admin-Key': KEYS.ADMIN_API_KEY }),
    });
    expect((await records.of('operator-1')).caller[0]).toBe('admin');
  });

  test('of an upstream that is down: why, and after how many attempts', async () => {
    const { token } = await stack.signIn();
    stack.upstream.onRequest = (request) => {
      request.socket.destroy();
      return true;
    };
    await stack.send('/api/v1/clockchain/graph', { token, headers: withId('down-1') });
    stack.upstream.reset();
    const { detail, attempts } = await records.of('down-1');
    expect(detail).toMatchObject({ code: 'upstream.bad_gateway', failure: 'broken' });
    expect(attempts).toBeGreaterThanOrEqual(1);
  });
});

test('health probes leave none', async () => {
  await stack.send('/health', { headers: withId('probe-1') });
  await stack.send('/api/v1/credits/costs', { headers: withId('after-the-probe-1') });
  await records.of('after-the-probe-1');
  expect((await records.all()).filter(({ requestId }) => requestId === 'probe-1')).toEqual([]);
});
