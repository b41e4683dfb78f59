import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  InsufficientCreditsError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  RequestError,
  ServerError,
  TimeoutError,
  Turnpike,
  type ClientOptions,
} from '../src/index.ts';
import { json, problem, reset, startScriptedServer, type ScriptedServer, type Step } from './scripted-server.ts';

let server: ScriptedServer;
let waits: number[] = [];
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());
beforeEach(() => {
  waits = [];
});

/** Waits are written down, not waited. */
const open = (options: Partial<ClientOptions> = {}): Turnpike =>
  new Turnpike({
    baseUrl: `${server.url}/`,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
const balance = json(200, { balance: 45, lifetime_earned: 50, lifetime_spent: 5 });
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

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
    const second = failure(new Turnpike({ baseUrl: server.url }).call('credits.getBalance', { signal: later.signal }));
    later.abort(reason);
    expect(await second).toBe(reason);
  });
});

describe('sessions', () => {
  const expired = problem(401, 'auth.jwt_expired');
  const pair = json(200, { access_token: 'new', refresh_token: 'r2', token_type: 'bearer', expires_in: 900 });
  const byToken =
    (refreshed: Step): Step =>
    (seen, response) => {
      if (seen.path === '/api/v1/auth/refresh') refreshed(seen, response);
      else if (seen.headers.authorization === 'Bearer new') balance(seen, response);
      else expired(seen, response);
    };

  test('twenty calls with an expired token share one refresh, and each is repeated once', async () => {
    server.script(byToken(pair));
    const kept: unknown[] = [];
    const client = open({
      credentials: { accessToken: 'old', refreshToken: 'r1', onTokens: (tokens) => void kept.push(tokens) },
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('credits.getBalance')));
    expect(answers.map((answer) => answer.balance)).toEqual(Array(20).fill(45));
    expect(server.seen.filter(({ path }) => path === '/api/v1/auth/refresh')).toMatchObject([
      { body: '{"refresh_token":"r1"}' },
    ]);
    expect(kept).toMatchObject([{ access_token: 'new', refresh_token: 'r2' }]);
  });

  test('a refused refresh signs out, once, and the call fails as it was refused', async () => {
    server.script(byToken(problem(401, 'auth.refresh_invalid')));
    let signedOut = 0;
    const client = open({
      credentials: { accessToken: 'old', refreshToken: 'r1', onSignedOut: () => void (signedOut += 1) },
    });
    const errors = await Promise.all([1, 2, 3].map(() => failure(client.call('credits.getBalance'))));
    for (const error of errors) expect(error).toMatchObject({ code: 'auth.jwt_expired' });
    expect(signedOut).toBe(1);
  });

  test('an outage of the refresh is the error, and the tokens stay', async () => {
    server.script(byToken(problem(503, 'service.unavailable')));
    let signedOut = 0;
    const client = open({
      retriesMax: 0,
      credentials: { accessToken: 'old', refreshToken: 'r1', onSignedOut: () => void (signedOut += 1) },
    });
    expect(await failure(client.call('credits.getBalance'))).toBeInstanceOf(ServerError);
    server.script(byToken(pair));
    expect((await client.call('credits.getBalance')).balance).toBe(45);
    expect(signedOut).toBe(0);
  });

  test('a session that was ended is not refreshed', async () => {
    server.script(problem(401, 'auth.session_revoked'));
    await failure(open({ credentials: { accessToken: 'old', refreshToken: 'r1' } }).call('credits.getBalance'));
    expect(server.seen).toHaveLength(1);
  });
});

describe('pages', () => {
  const collect = async (items: AsyncIterable<unknown>): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  test('by offset', async () => {
    server.script(
      json(200, { items: [1, 2], total: 3, limit: 2, offset: 0 }),
      json(200, { items: [3], total: 3, limit: 2, offset: 2 }),
    );
    expect(await collect(open().pages('auth.listSessions', { query: { limit: 2 } }))).toEqual([1, 2, 3]);
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/api/v1/auth/sessions?limit=2',
      '/api/v1/auth/sessions?limit=2&offset=2',
    ]);
  });

  test('by number, in an envelope', async () => {
    const page = (items: number[], number: number): Step =>
      json(200, {
        success: true,
        error: null,
        data: { items, pagination: { page: number, limit: 1, total: 2, pages: 2 } },
      });
    server.script(page([1], 1), page([2], 2));
    const pages = open().pages('account.listApiKeys', { headers: { 'x-project-id': 'p' } });
    expect(await collect(pages)).toEqual([1, 2]);
    expect(server.seen[1]).toMatchObject({ path: '/auth/api-keys?page=2', headers: { 'x-project-id': 'p' } });
  });

  test('by link, which fixes where the list was begun', async () => {
    server.script(
      json(200, [1, 2], { Link: '</api/v1/credits/history?limit=2&offset=2&as_of=9>; rel="next"' }),
      json(200, [3]),
    );
    expect(await collect(open().pages('credits.getHistory', { query: { limit: 2 } }))).toEqual([1, 2, 3]);
    expect(server.seen[1]?.path).toBe('/api/v1/credits/history?limit=2&offset=2&as_of=9');
  });
});

describe('events', () => {
  test('arrive whole, whatever pieces they come in, without heartbeats', async () => {
    const bytes = Buffer.from(
      'event: token\r\ndata: h\u00e9\r\n\r\n: beat\n\ndata: two\ndata: lines\nid: 7\n\ndata: cut off',
    );
    server.script((_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    const events: unknown[] = [];
    for await (const event of open().events('/api/v1/timepoints/generate/stream', { method: 'POST', json: {} }))
      events.push(event);
    expect(events).toEqual([
      { event: 'token', data: 'h\u00e9', id: undefined },
      { event: 'message', data: 'two\nlines', id: '7' },
    ]);
    expect(server.seen[0]?.headers.accept).toBe('text/event-stream');
  });

  test('that break off are an error, and nothing is repeated', async () => {
    server.script((_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: one\n\n', () => response.destroy());
    });
    const events: unknown[] = [];
    const reading = (async () => {
      for await (const { data } of open().events('/x')) events.push(data);
    })();
    expect(await failure(reading)).toBeInstanceOf(ConnectionError);
    expect(events).toEqual(['one']);
    expect(server.seen).toHaveLength(1);
  });

  test('end at the server when the reader leaves', async () => {
    let closed: (() => void) | undefined;
    const left = new Promise<void>((resolve) => (closed = resolve));
    server.script((_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: one\n\n');
      response.on('close', () => closed?.());
    });
    for await (const { data } of open().events('/x')) {
      expect(data).toBe('one');
      break;
    }
    await left;
  });
});
