import { describe, expect, test } from '@jest/globals';
import { ConnectionError, TimeoutError, Turnpike } from '../../src/index.ts';
import { json, problem, reset } from '../scripted-server.ts';
import { server, waits, open, balance, failure } from './stage.ts';

/** What is sent again, and when a call is given up. */
export function repetitionsTests(): void {
  describe('repetitions', () => {
    test('follow connection errors and outages of a safe call, at most twice, with growing pauses', async () => {
      server.script(reset, problem(503, 'service.unavailable'), balance);
      expect((await open().call('credits.getBalance')).balance).toBe(45);
      // Up to a quarter is taken off at random.
      expect(waits.map((ms, attempt) => ms <= 500 * 2 ** attempt && ms >= 375 * 2 ** attempt)).toEqual([true, true]);
      server.script(reset);
      expect(await failure(open().call('credits.getBalance'))).toBeInstanceOf(ConnectionError);
      expect(server.seen).toHaveLength(3);
    });

    test('wait as long as the answer says', async () => {
      server.script(problem(429, 'rate_limit.exceeded', {}, { 'Retry-After': '7' }), balance);
      await open().call('credits.getBalance');
      expect(waits).toEqual([7_000]);
    });

    test('are not worth a wait of hours', async () => {
      server.script(problem(429, 'rate_limit.exceeded', {}, { 'Retry-After': '7200' }));
      expect(await failure(open().call('credits.getBalance'))).toMatchObject({ retryAfter: 7_200 });
      expect(server.seen).toHaveLength(1);
    });

    test.each([
      [402, 'auth.insufficient_credits'],
      [409, 'idempotency.conflict'],
      [500, 'service.internal'],
    ])('never follow %i', async (status, code) => {
      server.script(problem(status, code, {}, { 'Retry-After': '1' }));
      await failure(open().call('credits.getBalance'));
      expect(server.seen).toHaveLength(1);
    });

    test('of an operation that honours a key all carry the same one', async () => {
      server.script(reset, problem(503, 'service.unavailable'), json(200, { balance: 150, granted: 100 }));
      await open({ credentials: { adminKey: 'a' } }).call('credits.adminGrant', {
        body: { user_id: '01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57', amount: 100 },
      });
      const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toMatch(/^[\da-f-]{36}$/);
    });

    test('of any other operation do not follow what may have been done', async () => {
      for (const step of [reset, problem(503, 'upstream.unavailable')]) {
        server.script(step);
        await failure(open().request('/api/v1/orders', { method: 'POST', json: {} }));
        expect(server.seen).toHaveLength(1);
      }
      server.script(reset, json(200, {}));
      await open().request('/api/v1/orders', { method: 'POST', json: {}, idempotencyKey: 'k' });
      expect(server.seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['k', 'k']);
    });
  });

  describe('time', () => {
    test('an answer that does not begin is a time-out', async () => {
      server.script(() => {});
      expect(await failure(open({ timeoutMs: 50 }).call('credits.getBalance'))).toBeInstanceOf(TimeoutError);
      // Not again; on a busy machine it may not even have arrived.
      expect(server.seen.length).toBeLessThanOrEqual(1);
    });

    test('a signal ends the call with its reason, during a pause too', async () => {
      server.script(() => {});
      const reason = new Error('changed my mind');
      const abort = new AbortController();
      const call = failure(open().call('credits.getBalance', { signal: abort.signal }));
      abort.abort(reason);
      expect(await call).toBe(reason);
      server.script(problem(503, 'service.unavailable', {}, { 'Retry-After': '60' }));
      const later = new AbortController();
      const second = failure(
        new Turnpike({ baseUrl: server.url }).call('credits.getBalance', { signal: later.signal }),
      );
      later.abort(reason);
      expect(await second).toBe(reason);
    });
  });
}
