import { afterEach, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startUsers, type Users } from './start-users.ts';

/** How a service ends: the rule is the kit's, shown at one that has nothing more to it. */
let users: Users;
afterEach(() => users.stop());

const ask = (path: string): Promise<Response> => fetch(`${users.app.url}${path}`);

test('a stopping service says so, serves on, and asks its callers to leave; then it ends by itself', async () => {
  users = await startUsers({ SHUTDOWN_DRAIN_MS: '8000' });
  expect((await ask('/health')).headers.get('connection')).toBe('keep-alive');
  process.kill(users.app.pid, 'SIGTERM');
  for (const path of ['/health', '/health/ready']) {
    const stopping = await waitFor(async () => {
      const answer = await ask(path);
      return answer.status === 503 ? answer : undefined;
    });
    expect(await stopping.json()).toMatchObject({ status: 'stopping', service: 'users' });
  }
  const created = await users.send('POST', '/internal/users/find-or-create', { external_key: 'late:1' });
  expect(created.status).toBeLessThan(300);
  expect(created.headers.get('connection')).toBe('close');
  expect(await users.app.exited).toEqual({ code: 0, signal: null });
});
