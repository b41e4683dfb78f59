import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { firstPartyEndpoints, refusesShared } from '@turnpike/contracts';
import { fillPath } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import type { Answer, Sending } from '../support/send.ts';
import { WIDE_LIMITS, type EdgeStack } from '../support/stack.ts';

/** Everybody shares the demo account: no visitor may delete, change or take it, or end anything for the others. */
export const sharedAccountChangedByAVisitor: StackTests = (shared) => {
  let stack: EdgeStack;
  beforeAll(async () => {
    stack = await withEdge(shared(), { RATE_LIMIT_TIERS: WIDE_LIMITS, TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => stack.stop());

  let visitors = 0;
  async function signInAsDemo(): Promise<string> {
    visitors += 1;
    const headers = { 'X-Forwarded-For': `192.0.2.${visitors}` };
    const answer = await stack.send('/api/v1/auth/demo', { method: 'POST', headers });
    expect(answer.status).toBe(200);
    return String(answer.body['access_token']);
  }

  const ask = (token: string, target: string, sending: Sending = {}): Promise<Answer> =>
    stack.send(target, { token, ...sending });
  const alive = async (token: string) => (await ask(token, '/api/v1/auth/me')).status === 200;

  /** Of the services that run here. */
  const ofUsers = firstPartyEndpoints.filter(
    ({ access, owner }) => access === 'user' && ['auth', 'users', 'credits'].includes(owner),
  );
  const pathOf = (path: string): string =>
    fillPath(path, { id: randomUUID(), key_id: randomUUID(), provider: 'google', project_id: randomUUID() });

  describe('403', () => {
    test.each(ofUsers.filter((endpoint) => refusesShared(endpoint)).map(({ method, path }) => [method, path]))(
      '%s %s',
      async (method, path) => {
        const token = await signInAsDemo();
        const { status, body } = await ask(token, pathOf(path), {
          method,
          headers: { 'X-Project-ID': randomUUID() },
          ...(method !== 'DELETE' && { json: {} }),
        });
        const error = (body['error'] ?? body) as Record<string, unknown>;
        expect([status, error['code']]).toEqual([403, 'auth.forbidden']);
        expect(error['detail'] ?? error['message']).toMatch(/Everybody shares the demo account/);
        expect(await alive(token)).toBe(true);
      },
    );

    test('ending the sessions of all visitors', async () => {
      const [token, other] = [await signInAsDemo(), await signInAsDemo()];
      const answer = await ask(token, '/api/v1/auth/logout', { method: 'POST', json: { all: true } });
      expect([answer.status, answer.body['code']]).toEqual([403, 'auth.forbidden']);
      expect([await alive(token), await alive(other)]).toEqual([true, true]);
    });

    test('what the caller says of itself in headers counts for nothing', async () => {
      const token = await signInAsDemo();
      const headers = { 'X-Gateway-Shared': 'false', 'X-Gateway-Session-ID': randomUUID() };
      expect((await ask(token, '/api/v1/auth/me', { method: 'DELETE', headers })).status).toBe(403);
    });
  });

  describe('a visitor', () => {
    test.each(ofUsers.filter(({ method }) => method === 'GET').map(({ path }) => path))('may read %s', async (path) => {
      const { status } = await ask(await signInAsDemo(), pathOf(path), { headers: { 'X-Project-ID': randomUUID() } });
      // What an answer is put together from need not all run here.
      expect([200, 404, 503]).toContain(status);
    });

    test('may use the backends, and pays for it', async () => {
      const token = await signInAsDemo();
      const before = Number((await ask(token, '/api/v1/credits/balance')).body['balance']);
      const answer = await ask(token, '/api/v1/timepoints/generate/sync', { method: 'POST', json: { query: 'x' } });
      expect(answer.status).toBe(200);
      expect((await ask(token, '/api/v1/credits/balance')).body['balance']).toBe(before - 5);
    });

    test('may end its own session, and the others go on', async () => {
      const [token, other] = [await signInAsDemo(), await signInAsDemo()];
      expect((await ask(token, '/api/v1/auth/logout', { method: 'POST' })).status).toBe(200);
      await waitFor(async () => !(await alive(token)));
      expect(await alive(other)).toBe(true);
    });
  });

  test('an account of one person is changed by its owner as ever', async () => {
    const { token } = await stack.signIn();
    const renamed = await ask(token, '/api/v1/auth/me', { method: 'PATCH', json: { display_name: 'Ada' } });
    expect([renamed.status, renamed.body['display_name']]).toEqual([200, 'Ada']);
    expect((await ask(token, '/api/v1/auth/me', { method: 'DELETE' })).status).toBe(200);
  });
};
