import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import type { Answer } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

export const endingOnesAccessNeverWaits: StackTests = (shared) => {
  const PER_MINUTE = 6;
  const CONCURRENT = 3;
  const LIST = '/api/v1/timepoints';

  let stack: EdgeStack;
  let user: SignedIn;
  beforeAll(async () => {
    const limits = { per_minute: PER_MINUTE, concurrent: CONCURRENT };
    stack = await withEdge(shared(), { RATE_LIMIT_TIERS: JSON.stringify({ free: limits, anonymous: limits }) });
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
  });

  /** Uses up the caller's limit. */
  const exhaust = async (): Promise<void> => {
    await waitFor(async () => (await stack.send(LIST, { token: user.token })).status === 429);
  };
  const end = (method: string, target: string, more: object = {}): Promise<Answer> =>
    stack.send(target, { method, token: user.token, ...more });

  describe('past the limit', () => {
    test('a session is ended: by logout, and by its id', async () => {
      await stack.signInAgain(user);
      const sessions = await stack.send('/api/v1/auth/sessions', { token: user.token });
      const items = sessions.body['items'] as { id: string; current: boolean }[];
      const id = items.find(({ current }) => !current)?.id ?? '';
      await exhaust();
      expect((await end('DELETE', `/api/v1/auth/sessions/${id}`)).status).toBe(200);
      const logout = await end('POST', '/api/v1/auth/logout', { json: {} });
      expect([logout.status, logout.headers['x-ratelimit-remaining']]).toEqual([200, '0']);
    });

    test('a key is ended, and a project with its keys', async () => {
      const me = await stack.send('/auth/users/me', { token: user.token });
      const { projects } = me.body['data'] as { projects: { id: string }[] };
      const headers = { 'X-Project-ID': projects[0]?.id ?? '' };
      const made = await end('POST', '/auth/api-keys/', { headers, json: { name: 'stolen' } });
      const key = made.body['data'] as { id: string };
      const project = await end('POST', '/auth/projects/', { json: { name: 'second' } });
      await exhaust();
      expect((await end('DELETE', `/auth/api-keys/${key.id}`, { headers })).status).toBe(200);
      const second = project.body['data'] as { id: string };
      expect((await end('DELETE', `/auth/projects/${second.id}`)).status).toBe(200);
    });

    test('the account is deleted', async () => {
      await exhaust();
      expect((await end('DELETE', '/api/v1/auth/me')).status).toBe(200);
    });

    test('refresh tokens are revoked, from an address that may make no request any more', async () => {
      const others = [];
      for (let other = 0; other < PER_MINUTE * 2; other += 1) others.push(await stack.signIn());
      await waitFor(async () => (await stack.send('/nowhere')).status === 429);
      for (const { refreshToken, token } of others) {
        const json = { refresh_token: refreshToken };
        expect((await stack.send('/auth/verification/revoke-token', { method: 'POST', json })).status).toBe(200);
        await waitFor(async () => (await stack.send(LIST, { token })).status !== 200);
      }
      const wrong = await stack.send('/auth/verification/revoke-token', { method: 'POST', json: {} });
      expect(wrong.status).toBe(422);
    });
  });

  test('with as many streams open as one may have', async () => {
    stack.upstream.respond = (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: open\n\n');
    const streams: RawSocket[] = [];
    for (let stream = 0; stream < CONCURRENT; stream += 1) {
      const raw = await openRawSocket(stack.edge.url);
      raw.write(`GET ${LIST} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\n\r\n`);
      await raw.until(/data: open/);
      streams.push(raw);
    }
    expect((await end('POST', '/api/v1/auth/logout', { json: {} })).status).toBe(200);
    await Promise.all(streams.map((raw) => raw.closed));
  });
};
