import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { RunningApp } from '@turnpike/test-kit';
import { send, type Answer } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

/** What is kept for the repetitions of one user's calls has a bound, so that nobody fills the store for a few credits. */
const SYNC = '/api/v1/timepoints/generate/sync';
const BUDGET_BYTES = 400_000;
const BODY_BYTES = 100_000;

let stack: EdgeStack;
let edge: RunningApp;
let redis: Redis;
let user: SignedIn;
beforeAll(async () => {
  stack = await startStack({}, {});
  edge = await stack.startEdge({ IDEMPOTENCY_BYTES_PER_USER: String(BUDGET_BYTES) });
  redis = new Redis(stack.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});
beforeEach(async () => {
  stack.upstream.reset();
  user = await stack.signIn();
  await redis.flushdb();
  stack.upstream.respond = (_request, response) =>
    response.writeHead(200, { 'X-Credits-Cost': '1' }).end('x'.repeat(BODY_BYTES));
});

const call = (key: string, who = user): Promise<Answer> =>
  send(edge.url, SYNC, { method: 'POST', token: who.token, json: {}, headers: { 'Idempotency-Key': key } });

async function bytesIn(pattern: string): Promise<number> {
  const sizes = (await redis.keys(pattern)).map((name) => redis.memory('USAGE', name));
  return (await Promise.all(sizes)).reduce((sum: number, size) => sum + Number(size), 0);
}

test('the newest answers are kept, the oldest make room, and the store holds no more than the budget', async () => {
  for (let index = 0; index < 10; index += 1) expect((await call(`key-${index}`)).status).toBe(200);
  const answers = await redis.keys('*answers*');
  expect(answers).toHaveLength(3);
  expect(await bytesIn('{turnpike}:*')).toBeLessThan(BUDGET_BYTES);
  for (const index of [7, 8, 9])
    expect(await call(`key-${index}`)).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
  // Its work was charged: it is neither done nor charged again.
  expect(await call('key-0')).toMatchObject({ status: 409, body: { code: 'idempotency.conflict' } });
  expect([stack.upstream.received.length, await stack.balance(user)]).toEqual([10, 40]);
});

test('one user’s answers make no room for another’s', async () => {
  const other = await stack.signIn();
  await call('mine');
  for (let index = 0; index < 6; index += 1) await call(`key-${index}`, other);
  expect((await call('mine')).headers['idempotency-replayed']).toBe('true');
});

test('many small answers fit where few large ones do', async () => {
  stack.upstream.respond = (_request, response) => response.writeHead(200, { 'X-Credits-Cost': '1' }).end('{}');
  for (let index = 0; index < 40; index += 1) await call(`key-${index}`);
  expect(await redis.keys('*answers*')).toHaveLength(40);
  expect((await call('key-0')).headers['idempotency-replayed']).toBe('true');
});

test('an answer is kept in its own bytes, not in a longer encoding of them', async () => {
  await call('bytes');
  const [name = ''] = await redis.keys('*answers*');
  expect(await redis.strlen(name)).toBeLessThan(BODY_BYTES + 2_000);
});

test('what has been forgotten by time does not count', async () => {
  for (let index = 0; index < 3; index += 1) await call(`old-${index}`);
  // As if a day had passed: the answers have run out, and their user's list says since when.
  await redis.del(await redis.keys('*answers*'));
  const [times = ''] = await redis.keys('*kept*:times');
  for (const name of await redis.zrange(times, '0', '-1')) await redis.zadd(times, '1', name);
  for (let index = 0; index < 3; index += 1) await call(`new-${index}`);
  expect(await redis.keys('*answers*')).toHaveLength(3);
  expect(await redis.zcard(times)).toBe(3);
});

test('an answer larger than the budget is not kept, and is charged once', async () => {
  const small = await stack.startEdge({ IDEMPOTENCY_BYTES_PER_USER: '0' });
  const once = (): Promise<Answer> =>
    send(small.url, SYNC, { method: 'POST', token: user.token, json: {}, headers: { 'Idempotency-Key': 'large' } });
  expect((await once()).status).toBe(200);
  expect(await redis.keys('*answers*')).toEqual([]);
  expect(await once()).toMatchObject({ status: 409, body: { code: 'idempotency.conflict' } });
  expect(await stack.balance(user)).toBe(49);
});
