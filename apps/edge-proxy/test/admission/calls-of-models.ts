import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import type { Answer } from '../support/send.ts';
import type { ApiKey, EdgeStack, SignedIn } from '../support/stack.ts';

/** The vendors' own APIs behind the LLM gateway: how a key is spelled there, whose limit counts, and how refusals are worded. */
export const callsOfModels: StackTests = (shared) => {
  let stack: EdgeStack;
  let user: SignedIn;
  let key: ApiKey;
  beforeAll(async () => {
    const tiers = { free: { per_minute: 30, per_day: 100_000 }, anonymous: { per_minute: 100_000 } };
    stack = await withEdge(shared(), { RATE_LIMIT_TIERS: JSON.stringify(tiers) });
    user = await stack.signIn();
    key = await stack.createKey(user, { scopes: ['llm:invoke'] });
  });
  afterEach(() => stack.upstream.reset());
  afterAll(() => stack.stop());

  const OPENAI = '/trueportai-services/openai/v1/chat/completions';
  const ANTHROPIC = '/trueportai-services/anthropic/v1/messages';
  const GOOGLE = '/trueportai-services/google/v1beta/models/gemini-2.5-flash:generateContent';
  const AZURE = '/trueportai-services/azure/my-resource/my-deployment/chat/completions';
  const PATHS = { openai: OPENAI, anthropic: ANTHROPIC, google: GOOGLE, azure: AZURE };

  const call = (target: string, headers: Record<string, string> = {}): Promise<Answer> =>
    stack.send(target, { method: 'POST', json: { model: 'm' }, headers });

  /** All that was logged until the line of the request, which is written in batches. */
  const logOf = ({ headers }: Answer): Promise<string> =>
    waitFor(() => {
      const log = stack.edge.logs().join('\n');
      return log.includes(`"request_id":"${String(headers['x-request-id'])}"`) ? log : undefined;
    });

  describe('a key is read in every spelling of the vendors, and never passed on', () => {
    test.each([
      ['Authorization', 'Bearer '],
      ['x-api-key', ''],
      ['api-key', ''],
      ['x-goog-api-key', ''],
    ])('%s', async (name, before) => {
      for (const target of Object.values(PATHS)) {
        const answer = await call(target, { [name]: before + key.key, 'anthropic-beta': 'a,b' });
        expect([target, answer.status]).toEqual([target, 200]);
        const received = stack.upstream.received.at(-1);
        expect(received?.target).toBe(target);
        expect(received?.headers).toMatchObject({
          'x-user-id': user.userId,
          'x-gateway-key-id': key.id,
          'anthropic-beta': 'a,b',
        });
        expect(JSON.stringify(received)).not.toContain(key.key);
      }
    });

    test("Google's ?key= leaves the query, whose other parameters stay as they are", async () => {
      const answer = await call(`${GOOGLE}?a=%20b&key=${key.key}&alt=sse&%6bey=${key.key}`);
      expect(answer.status).toBe(200);
      expect(stack.upstream.received.at(-1)?.target).toBe(`${GOOGLE}?a=%20b&alt=sse`);
      expect(await logOf(answer)).not.toContain(key.key);
    });

    test('a key in the query is in no error and no line of the log when the call fails behind the edge', async () => {
      stack.upstream.respond = (request) => void request.socket.destroy();
      const answer = await call(`${GOOGLE}?key=${key.key}`);
      expect([answer.status, answer.body]).toMatchObject([502, { error: { code: 502, status: 'UNAVAILABLE' } }]);
      expect(stack.upstream.received.map(({ target }) => target)).toEqual([GOOGLE]);
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain(key.key);
      expect(await logOf(answer)).not.toContain(key.key);
    });

    test('the same key twice is one; two different ones are refused', async () => {
      expect((await call(ANTHROPIC, { Authorization: `Bearer ${key.key}`, 'x-api-key': key.key })).status).toBe(200);
      const other = await stack.createKey(user, { scopes: ['llm:invoke'] });
      const answer = await call(ANTHROPIC, { Authorization: `Bearer ${other.key}`, 'x-api-key': key.key });
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { type: 'error', error: { type: 'invalid_request_error' } },
      ]);
    });

    test('other routes never see these headers, and take none for a credential', async () => {
      const headers = { 'api-key': key.key, 'x-goog-api-key': key.key };
      expect((await stack.send('/api/v1/credits/balance', { headers })).status).toBe(401);
      expect((await stack.send('/api/v1/clockchain/stats', { headers })).status).toBe(200);
      expect(JSON.stringify(stack.upstream.received)).not.toContain(key.key);
    });
  });

  describe('refusals are worded as the SDK of the vendor reads them', () => {
    const missing: [keyof typeof PATHS, object][] = [
      ['openai', { error: { type: 'invalid_request_error', code: 'invalid_api_key', message: expect.any(String) } }],
      ['azure', { error: { type: 'invalid_request_error', code: 'invalid_api_key', message: expect.any(String) } }],
      ['anthropic', { type: 'error', error: { type: 'authentication_error' }, request_id: expect.any(String) }],
      ['google', { error: { code: 401, status: 'UNAUTHENTICATED', message: expect.any(String) } }],
    ];
    test.each(missing)('%s: no key, a made-up one, and an access token: 401', async (provider, body) => {
      const attempts: Record<string, string>[] = [
        {},
        { 'x-api-key': 'sk-made-up' },
        { Authorization: `Bearer ${user.token}` },
      ];
      for (const headers of attempts) {
        const answer = await call(PATHS[provider], headers);
        expect([answer.status, answer.body]).toMatchObject([401, body]);
        expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(answer.headers['x-should-retry']).toBe('false');
      }
      expect(stack.upstream.received).toEqual([]);
    });

    test('an access token is told what to use instead', async () => {
      const answer = await call(OPENAI, { Authorization: `Bearer ${user.token}` });
      expect(answer.body).toMatchObject({ error: { message: expect.stringContaining('API key') } });
    });

    test("Google's endpoint in OpenAI's style answers in that", async () => {
      const answer = await call('/trueportai-services/google/v1beta/openai/chat/completions');
      expect([answer.status, answer.body]).toMatchObject([401, { error: { code: 'invalid_api_key' } }]);
    });

    test('a key without the scope: 403', async () => {
      const other = await stack.createKey(user, { scopes: ['credits:read'] });
      const answer = await call(ANTHROPIC, { 'x-api-key': other.key });
      expect([answer.status, answer.body]).toMatchObject([403, { error: { type: 'permission_error' } }]);
      expect(answer.headers['request-id']).toBe(answer.headers['x-request-id']);
    });

    test('a path that is no vendor of ours: 404 as everywhere else', async () => {
      const answer = await call('/trueportai-services/other/v1/chat/completions', { 'x-api-key': key.key });
      expect([answer.status, answer.body['code']]).toEqual([404, 'route.not_found']);
    });

    test('a body past 32 MiB: 413', async () => {
      const answer = await stack.send(ANTHROPIC, {
        method: 'POST',
        headers: { 'x-api-key': key.key, 'Content-Length': '33554433', 'Content-Type': 'application/json' },
      });
      expect([answer.status, answer.body]).toMatchObject([413, { error: { type: 'request_too_large' } }]);
    });

    test('a connection that breaks before the answer is no call to repeat: 502', async () => {
      stack.upstream.respond = (request) => void request.socket.destroy();
      const answer = await call(GOOGLE, { 'x-goog-api-key': key.key });
      expect([answer.status, answer.body]).toMatchObject([502, { error: { code: 502, status: 'UNAVAILABLE' } }]);
      expect(answer.headers['x-should-retry']).toBe('false');
      expect(stack.upstream.received.length).toBe(1);
    });

    test('what the LLM gateway says a call cost reaches the client', async () => {
      stack.upstream.respond = (_request, response) => {
        response.setHeader('X-Credits-Charged', '1').setHeader('X-Credits-Remaining', '49').end('{}');
      };
      expect((await call(OPENAI, { 'x-api-key': key.key })).headers).toMatchObject({
        'x-credits-charged': '1',
        'x-credits-remaining': '49',
      });
    });
  });

  test("a key's calls count against its own limit, sixty a minute, which the tier's does not undercut", async () => {
    const other = await stack.createKey(user, { scopes: ['llm:invoke'] });
    for (let count = 0; count < 60; count += 1)
      expect([count, (await call(OPENAI, { 'x-api-key': other.key })).status]).toEqual([count, 200]);
    const refused = await call(OPENAI, { 'x-api-key': other.key });
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { error: { type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' } },
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after-ms'])).toBe(Number(refused.headers['retry-after']) * 1_000);
    expect((await call(OPENAI, { 'x-api-key': key.key })).status).toBe(200);
  });

  test('a large body is streamed to the LLM gateway', async () => {
    const large = 'x'.repeat(3_000_000);
    const answer = await stack.send(OPENAI, { method: 'POST', json: { large }, headers: { 'x-api-key': key.key } });
    expect(answer.status).toBe(200);
    expect(stack.upstream.received.at(-1)?.body.length).toBeGreaterThan(3_000_000);
  });
};
