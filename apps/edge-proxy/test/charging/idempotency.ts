import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { waitFor } from '@turnpike/test-kit';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

const SYNC = '/api/v1/timepoints/generate/sync';

export function idempotency(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let user: SignedIn;
  let keys = 0;
  beforeAll(() => {
    stack = shared();
  });
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
    keys += 1;
  });

  const call = (json: unknown = { query: 'x' }, target = SYNC, who = user) =>
    stack.send(target, { method: 'POST', token: who.token, json, headers: { 'Idempotency-Key': `key-${keys}` } });

  describe('a request repeated under its Idempotency-Key', () => {
    test('gets the first answer again, and is charged and done once', async () => {
      stack.upstream.respond = (_request, response) =>
        response.writeHead(201, { 'X-Made': 'yes', 'Content-Type': 'application/json' }).end('{"id":1}');
      const first = await call();
      const second = await call();
      expect(second).toMatchObject({ status: 201, text: first.text });
      expect(second.headers).toMatchObject({
        'idempotency-replayed': 'true',
        'x-made': 'yes',
        'x-credits-charged': '5',
        'x-credits-remaining': '45',
      });
      expect(first.headers).not.toHaveProperty('idempotency-replayed');
      expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
      expect(stack.upstream.received).toHaveLength(1);
      expect(await stack.balance(user)).toBe(45);
    });

    test('at the same moment runs once; the others are told to come back', async () => {
      let finish: (() => void) | undefined;
      stack.upstream.respond = (_request, response) => (finish = () => response.end('done'));
      const first = call();
      await waitFor(() => finish !== undefined);
      const others = await Promise.all(Array.from({ length: 10 }, () => call()));
      expect(others.map(({ status, body, headers }) => [status, body['code'], headers['retry-after']])).toEqual(
        Array.from({ length: 10 }, () => [409, 'idempotency.conflict', '1']),
      );
      finish?.();
      expect((await first).status).toBe(200);
      expect((await call()).headers['idempotency-replayed']).toBe('true');
      expect([stack.upstream.received.length, await stack.balance(user)]).toEqual([1, 45]);
    });

    test.each<[string, unknown, string]>([
      ['another body', { query: 'y' }, SYNC],
      ['another path', { query: 'x' }, '/api/v1/timepoints/generate'],
      ['another query', { query: 'x' }, `${SYNC}?a=1`],
    ])('with %s is a conflict', async (_name, json, target) => {
      await call();
      const answer = await call(json, target);
      expect([answer.status, answer.body['code']]).toEqual([409, 'idempotency.conflict']);
      expect([stack.upstream.received.length, await stack.balance(user)]).toEqual([1, 45]);
    });

    test('by another user is that user’s own request', async () => {
      const other = await stack.signIn();
      await call();
      expect((await call({ query: 'x' }, SYNC, other)).headers).not.toHaveProperty('idempotency-replayed');
      expect([await stack.balance(user), await stack.balance(other)]).toEqual([45, 45]);
    });

    test('after a failure runs again, and is charged for the time it worked', async () => {
      stack.upstream.respond = (_request, response) => response.writeHead(500).end('no');
      expect((await call()).status).toBe(500);
      expect(await stack.balance(user)).toBe(50);
      stack.upstream.reset();
      expect((await call()).status).toBe(200);
      expect((await call()).headers['idempotency-replayed']).toBe('true');
      expect(await stack.balance(user)).toBe(45);
    });

    test('that was answered with events gets the same events again', async () => {
      stack.upstream.respond = (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
        response.end('data: 2\n\n');
      };
      await call();
      const again = await call();
      expect(again).toMatchObject({ status: 200, text: 'data: 1\n\ndata: 2\n\n' });
      expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', 'content-type': 'text/event-stream' });
      expect([stack.upstream.received.length, await stack.balance(user)]).toEqual([1, 45]);
    });

    test('that cost nothing and was not kept runs again, with a hold of its own', async () => {
      stack.upstream.respond = (_request, response) =>
        response.writeHead(200, { 'X-Credits-Cost': '0' }).end('x'.repeat(300_000));
      await call();
      stack.upstream.reset();
      expect((await call()).headers).toMatchObject({ 'x-credits-charged': '5' });
      expect([stack.upstream.received.length, await stack.balance(user)]).toEqual([1, 45]);
    });

    test('with a key that is empty or too long is 422', async () => {
      for (const key of ['', 'k'.repeat(256)]) {
        const answer = await stack.send(SYNC, {
          method: 'POST',
          token: user.token,
          json: {},
          headers: { 'Idempotency-Key': key },
        });
        expect([answer.status, answer.body['code']]).toEqual([422, 'request.invalid']);
      }
    });
  });

  test('what is kept cannot be read from the store', async () => {
    const redis = new Redis(stack.redis.url);
    try {
      await redis.flushdb();
      stack.upstream.respond = (_request, response) => response.end('a canary of the answer');
      await call({ query: 'a canary of the request' });
      const names = await redis.keys('*answers*');
      const values = await Promise.all(names.map((name) => redis.get(name)));
      expect(values.length).toBeGreaterThan(0);
      expect([...names, ...values].join('\n')).not.toMatch(new RegExp(`canary|${user.userId}|key-${keys}`));
      for (const name of names) expect(await redis.pttl(name)).toBeGreaterThan(24 * 3_600_000);
    } finally {
      redis.disconnect();
    }
  });
}
