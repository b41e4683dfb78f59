import { describe, expect, test } from '@jest/globals';
import {
  AuthenticationError,
  ConflictError,
  InsufficientCreditsError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  RequestError,
  ServerError,
} from '../../src/index.ts';
import { json, problem } from '../scripted-server.ts';
import { server, open, balance, failure } from './stage.ts';

/** What a call sends and returns, and its errors. */
export function callsTests(): void {
  describe('a call', () => {
    test('sends what the contract says and returns what it answers', async () => {
      server.script(json(201, { success: true, data: { id: 'k', full_key: 'sk_1' }, error: null }));
      const client = open({ credentials: { accessToken: 'a' } });
      const key = await client.call('account.createApiKey', {
        headers: { 'x-project-id': 'p' },
        body: { name: 'ci', scopes: ['credits:read'] },
      });
      expect(key.full_key).toBe('sk_1');
      expect(server.seen).toMatchObject([
        {
          method: 'POST',
          path: '/auth/api-keys',
          headers: { authorization: 'Bearer a', 'x-project-id': 'p', 'content-type': 'application/json' },
          body: '{"name":"ci","scopes":["credits:read"]}',
        },
      ]);
    });

    test('whose answer is no JSON says how it is read', async () => {
      server.script((_seen, response) => {
        response.writeHead(200, { 'Content-Type': 'application/gzip' }).end('no JSON');
      });
      const download = { query: { token: 't' } };
      expect(await failure(open().call('platform.downloadExport', download))).toEqual(
        new TypeError('The answer is application/gzip and no JSON: read it with fetch().'),
      );
      expect(await (await open().fetch('/platform/api/exports/download', download)).text()).toBe('no JSON');
    });

    test.each([
      ['a key', { apiKey: 'sk_1' }, { 'x-api-key': 'sk_1' }],
      ['a service for a user', { serviceKey: 's', userId: 'u' }, { 'x-service-key': 's', 'x-user-id': 'u' }],
      ['an operator', { adminKey: 'a' }, { 'x-admin-key': 'a' }],
    ] as const)('of %s carries its credential', async (_who, credentials, headers) => {
      server.script(balance);
      await open().as(credentials).call('credits.getBalance');
      expect(server.seen[0]?.headers).toMatchObject(headers);
    });

    test('to a public route carries no credential', async () => {
      server.script(json(200, { costs: {} }));
      await open({ credentials: { accessToken: 'a' } }).call('credits.getCosts');
      expect(server.seen[0]?.headers.authorization).toBeUndefined();
    });

    test('goes to no other path by a parameter', async () => {
      const get = (id: string) => open().call('users.adminGet', { params: { id } });
      const before = server.seen.length;
      for (const id of ['', '.', '..']) await expect(get(id)).rejects.toThrow(TypeError);
      expect(server.seen).toHaveLength(before);
    });

    test('tells the limits, the request id and whether it is a replay', async () => {
      const headers = {
        'X-RateLimit-Limit': '10',
        'X-RateLimit-Remaining': '7',
        'X-RateLimit-Reset': '1800000000',
        'X-Request-ID': 'r9',
        'Idempotency-Replayed': 'true',
      };
      server.script(json(200, { balance: 1, lifetime_earned: 1, lifetime_spent: 0 }, headers));
      const client = open();
      const answer = await client.callWithHeaders('credits.getBalance');
      const limits = { limit: 10, remaining: 7, resetsAt: new Date(1_800_000_000_000) };
      expect(answer).toMatchObject({ status: 200, requestId: 'r9', replayed: true, limits, data: { balance: 1 } });
      expect(client.limits).toEqual(limits);
    });
  });

  describe('errors', () => {
    test.each([
      [400, 'request.malformed', RequestError],
      [401, 'auth.missing', AuthenticationError],
      [402, 'auth.insufficient_credits', InsufficientCreditsError],
      [403, 'auth.scope_missing', PermissionError],
      [404, 'resource.not_found', NotFoundError],
      [409, 'idempotency.conflict', ConflictError],
      [422, 'request.invalid', RequestError],
      [423, 'credits.account_closed', ConflictError],
      [429, 'rate_limit.exceeded', RateLimitError],
      [503, 'service.unavailable', ServerError],
    ] as const)('%i %s', async (status, code, type) => {
      server.script(problem(status, code, { cost: 10, balance: 3 }, { 'Retry-After': '2' }));
      const error = await failure(open({ retriesMax: 0 }).call('credits.getBalance'));
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ status, code, detail: `because of ${code}`, requestId: 'r1', retryAfter: 2 });
      if (error instanceof InsufficientCreditsError) expect([error.cost, error.balance]).toEqual([10, 3]);
    });

    test('carry their headers, and tell the limits as any answer does', async () => {
      const limits = { 'X-RateLimit-Limit': '10', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1800000000' };
      server.script(problem(429, 'rate_limit.exceeded', {}, { ...limits, RateLimit: '"minute";r=0;t=9' }));
      const client = open({ retriesMax: 0 });
      const error = (await failure(client.call('credits.getBalance'))) as RateLimitError;
      expect(error.headers.get('ratelimit')).toBe('"minute";r=0;t=9');
      expect(client.limits).toEqual({ limit: 10, remaining: 0, resetsAt: new Date(1_800_000_000_000) });
    });

    test('of the Account API are read from its envelope', async () => {
      const errors = [{ path: 'body.email', message: 'no' }];
      const error = { code: 'request.invalid', message: 'body.email: no', details: { request_id: 'r', errors } };
      server.script(json(422, { success: false, data: null, error }));
      expect(await failure(open().call('account.sendCode', { body: { email: 'x' } }))).toMatchObject({
        code: 'request.invalid',
        detail: 'body.email: no',
        errors,
      });
    });

    test('of a backend in its own words keep its status', async () => {
      server.script((_seen, response) => response.writeHead(418).end('<h1>teapot</h1>'));
      expect(await failure(open().request('/x'))).toMatchObject({
        status: 418,
        code: 'unknown',
        body: '<h1>teapot</h1>',
      });
    });
  });
}
