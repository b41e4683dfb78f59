import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from '../support/keys.ts';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import type { EdgeStack } from '../support/stack.ts';

export const changedTier: StackTests = (shared) => {
  let stack: EdgeStack;
  beforeAll(async () => {
    stack = await withEdge(shared(), { RATE_LIMIT_TIERS: '{"free":{"per_minute":1000},"pro":{"per_minute":2000}}' });
  });
  afterAll(() => stack.stop());

  const LIST = '/api/v1/timepoints';

  test('a new tier is in force at the edge without a new token, and ends nothing', async () => {
    const user = await stack.signIn('free');
    const key = await stack.createKey(user);
    stack.upstream.onRequest = (request, response) => {
      if (!request.url?.endsWith('/events')) return false;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
      return true;
    };
    const stream = await openRawSocket(stack.edge.url);
    stream.write(`GET ${LIST}/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\n\r\n`);
    await stream.until(/data: 1/);
    for (const credential of [user.token, key.key]) {
      expect((await stack.send(LIST, { token: credential })).headers['ratelimit-policy']).toContain(
        '"minute";q=1000;w=60',
      );
    }
    const changed = await stack.send(`/api/v1/users/admin/${user.userId}/tier`, {
      method: 'PUT',
      headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
      json: { tier: 'pro' },
    });
    expect(changed.status).toBe(200);
    for (const credential of [user.token, key.key]) {
      await waitFor(async () =>
        String((await stack.send(LIST, { token: credential })).headers['ratelimit-policy']).includes(
          '"minute";q=2000;w=60',
        ),
      );
    }
    expect(stack.upstream.received.at(-1)?.headers['x-user-tier']).toBe('pro');
    expect(stream.socket.destroyed).toBe(false);
    stream.destroy();
  });
};
