import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { KEYS } from '../support/keys.ts';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

export const mainSlice: StackTests = (shared) => {
  let stack: EdgeStack;
  let user: SignedIn;

  beforeAll(async () => {
    stack = await withEdge(shared());
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
  });

  const generate = (sending: object = {}) =>
    stack.send('/api/v1/timepoints/generate/sync', {
      method: 'POST',
      token: user.token,
      json: { query: 'Moon landing' },
      ...sending,
    });

  describe('a metered call', () => {
    test('costs what its preset costs, and the balance read next shows it', async () => {
      const answer = await generate({ json: { query: 'x', preset: 'hd' } });
      expect(answer.status).toBe(200);
      expect(answer.headers['x-credits-charged']).toBe('10');
      expect(answer.headers['x-credits-remaining']).toBe('40');
      expect(await stack.balance(user)).toBe(40);
    });

    test('arrives signed, with the caller named and no credential', async () => {
      await generate();
      const [received] = stack.upstream.received;
      const headers = received?.headers ?? {};
      expect(headers).toMatchObject({
        'x-user-id': user.userId,
        'x-user-tier': 'free',
        'x-service-key': KEYS.FLASH_SERVICE_KEY,
        'x-gateway-metered': 'true',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      });
      expect(headers).not.toHaveProperty('authorization');
      const lines = [
        'v1',
        'POST',
        '/api/v1/timepoints/generate/sync',
        user.userId,
        String(headers['x-gateway-timestamp']),
      ].join('\n');
      const mac = createHmac('sha256', KEYS.GATEWAY_SIGNING_SECRET).update(lines).digest('hex');
      expect(headers['x-gateway-signature']).toBe(`v1=${mac}`);
      expect(received?.body).toBe('{"query":"Moon landing"}');
    });

    test.each([500, 503, 400, 404, 422])(
      'that the upstream answers with %i costs nothing, and the answer is passed on',
      async (status) => {
        stack.upstream.respond = (_request, response) =>
          response.writeHead(status, { 'Content-Type': 'text/plain' }).end('upstream says no');
        const answer = await generate();
        expect([answer.status, answer.text, answer.headers['x-credits-charged']]).toEqual([
          status,
          'upstream says no',
          '0',
        ]);
        expect(await stack.balance(user)).toBe(50);
      },
    );

    test('without enough credits is 402 with price and balance, and nothing is proxied', async () => {
      for (let call = 0; call < 5; call += 1) await generate({ json: { preset: 'hd' } });
      stack.upstream.received.length = 0;
      const answer = await generate();
      expect(answer.status).toBe(402);
      expect(answer.body).toMatchObject({
        code: 'auth.insufficient_credits',
        detail: 'Insufficient credits. This operation costs 5 credits.',
        cost: 5,
        balance: 0,
      });
      expect(stack.upstream.received).toEqual([]);
    });
  });

  describe('refusals', () => {
    test('without a credential: 401, nothing charged, nothing proxied', async () => {
      const answer = await stack.send('/api/v1/timepoints/generate/sync', { method: 'POST', json: {} });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.headers['x-ratelimit-limit']).toBeDefined();
      expect(answer.body['code']).toBe('auth.missing');
      expect(stack.upstream.received).toEqual([]);
    });

    test('unknown path 404, wrong method 405 with Allow, both with rate-limit headers', async () => {
      const unknown = await stack.send('/nowhere');
      expect([unknown.status, unknown.body['code']]).toEqual([404, 'route.not_found']);
      expect(unknown.headers['x-ratelimit-remaining']).toBeDefined();
      const wrong = await stack.send('/api/v1/credits/costs', { method: 'DELETE' });
      expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET, HEAD']);
      expect(wrong.headers['ratelimit-policy']).toBe('"minute";q=100000;w=60');
    });

    test('the Account API gets its envelope also from the edge', async () => {
      const answer = await stack.send('/auth/users/me');
      expect([answer.status, answer.body]).toMatchObject([
        401,
        { success: false, data: null, error: { code: 'auth.missing' } },
      ]);
    });
  });

  describe('first-party routes', () => {
    test('health is answered by the edge and uses no limit', async () => {
      const answer = await stack.send('/health');
      expect(answer.body).toEqual({ status: 'healthy', service: 'timepoint-api-gateway', version: '0.1.0' });
      expect(answer.headers['x-ratelimit-limit']).toBe('100000');
      expect(answer.headers['x-request-id']).toBeDefined();
      expect((await stack.send('/health/ready')).status).toBe(200);
    });

    test('profile, key set, prices', async () => {
      expect((await stack.send('/api/v1/auth/me', { token: user.token })).body).toMatchObject({ id: user.userId });
      expect((await stack.send('/.well-known/jwks.json')).body['keys']).toHaveLength(1);
      expect((await stack.send('/api/v1/credits/costs')).body['costs']).toMatchObject({ generate_balanced: 5 });
    });

    test('operator routes need the admin key', async () => {
      const grant = { method: 'POST', json: { user_id: user.userId, amount: 100 } };
      expect((await stack.send('/api/v1/credits/admin/grant', grant)).status).toBe(403);
      const answer = await stack.send('/api/v1/credits/admin/grant', {
        ...grant,
        headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
      });
      expect(answer.body).toEqual({ balance: 150, granted: 100 });
    });

    test('internal routes need a service key', async () => {
      const target = `/internal/credits/check?user_id=${user.userId}&cost=5`;
      const refused = await stack.send(target);
      expect([refused.status, refused.body['detail']]).toEqual([403, 'Invalid service key']);
      const answer = await stack.send(target, { headers: { 'X-Service-Key': KEYS.SERVICE_API_KEY } });
      expect(answer.body).toEqual({ sufficient: true, balance: 50 });
    });
  });
};
