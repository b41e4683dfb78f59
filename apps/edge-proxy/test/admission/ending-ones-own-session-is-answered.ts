import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import type { EdgeStack } from '../support/stack.ts';

/**
 * A request that ends its own session (a logout, the deletion of the account) is in flight when the edge hears of the revocation. Its answer
 * must still arrive; whatever else the session had open must not.
 */
export const endingOnesOwnSessionIsAnswered: StackTests = (shared) => {
  let stack: EdgeStack;
  beforeAll(async () => {
    stack = await withEdge(shared());
  });
  afterAll(() => stack.stop());

  test.each([
    ['POST', '/api/v1/auth/logout', { detail: 'Logged out' }],
    ['DELETE', '/api/v1/auth/me', { detail: 'Account deleted' }],
  ])('%s %s, twenty times', async (method, path, body) => {
    for (let time = 0; time < 20; time += 1) {
      const { token } = await stack.signIn();
      const answer = await stack.send(path, { method, token });
      expect([time, answer.status, answer.body]).toEqual([time, 200, body]);
      await waitFor(async () => (await stack.send('/api/v1/auth/me', { token })).status === 401);
    }
  });
};
