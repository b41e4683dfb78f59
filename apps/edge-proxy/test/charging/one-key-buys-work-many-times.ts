import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { waitFor } from '@turnpike/test-kit';
import { openRawSocket } from '../support/raw-socket.ts';
import { send, type Answer } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';
const SYNC = '/api/v1/timepoints/generate/sync';

/** An `Idempotency-Key` whose answer was not kept must not let its holder have the same work done again for one charge. */
export function oneKeyBuysWorkManyTimes(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let redis: Redis;
  let user: SignedIn;
  beforeAll(async () => {
    stack = shared();
    redis = new Redis(stack.redis.url);
  });
  afterAll(async () => {
    redis.disconnect();
  });
  beforeEach(async () => {
    stack.upstream.reset();
    await redis.flushdb();
    user = await stack.signIn();
  });

  const call = (url = stack.edge.url): Promise<Answer> =>
    send(url, SYNC, { method: 'POST', token: user.token, json: {}, headers: { 'Idempotency-Key': 'bought-once' } });

  async function isRefused(): Promise<void> {
    const again = await call();
    expect([again.status, again.body['code']]).toEqual([409, 'idempotency.conflict']);
    expect([stack.upstream.received.length, await stack.balance(user)]).toEqual([1, 45]);
  }

  test('an answer too long to be kept', async () => {
    stack.upstream.respond = (_request, response) => response.end('x'.repeat(300_000));
    expect((await call()).status).toBe(200);
    await isRefused();
  });

  test('an answer that the client broke off after it had begun', async () => {
    stack.upstream.respond = (_request, response) => void response.write('all that matters');
    const raw = await openRawSocket(stack.edge.url);
    raw.write(
      `POST ${SYNC} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\nIdempotency-Key: bought-once\r\n` +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    await raw.until(/all that matters/);
    raw.destroy();
    await waitFor(async () => (await stack.balance(user)) === 45 && (await redis.keys('*answers*')).length === 0);
    await isRefused();
  });

  test('an answer that the store has lost', async () => {
    expect((await call()).status).toBe(200);
    await redis.flushdb();
    await isRefused();
  });

  test('a hold that is open because its edge died serves nobody else: once it has expired the work is done anew, for one charge', async () => {
    const edge = await stack.startEdge({ HOLD_TTL_SECONDS: '20' });
    let begun = false;
    stack.upstream.respond = () => void (begun = true);
    const first = call(edge.url).catch(() => {});
    await waitFor(() => begun);
    await edge.kill();
    await first;
    await redis.del(await redis.keys('*answers*'));
    stack.upstream.respond = (_request, response) => response.end('again');
    expect(await call()).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    const again = await waitFor(async () => {
      const answer = await call();
      return answer.headers['retry-after'] === undefined ? answer : undefined;
    });
    expect(again).toMatchObject({ status: 200, text: 'again', headers: { 'x-credits-charged': '5' } });
    expect(await stack.balance(user)).toBe(45);
  });
}
