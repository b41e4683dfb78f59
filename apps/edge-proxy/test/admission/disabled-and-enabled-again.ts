import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from '../support/keys.ts';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { WIDE_LIMITS, type EdgeStack, type SignedIn } from '../support/stack.ts';

/** Disabling a user suspends the API keys; enabling brings them back. Ending a key is another act. */
export const disabledAndEnabledAgain: StackTests = (shared) => {
  let stack: EdgeStack;
  beforeAll(async () => {
    stack = await withEdge(shared(), { RATE_LIMIT_TIERS: WIDE_LIMITS });
  });
  afterAll(() => stack.stop());

  const LIST = '/api/v1/timepoints';

  async function setStatus({ userId }: SignedIn, status: 'active' | 'disabled'): Promise<void> {
    const headers = { 'X-Admin-Key': KEYS.ADMIN_API_KEY };
    const path = `/api/v1/users/admin/${userId}/status`;
    expect((await stack.send(path, { method: 'PUT', headers, json: { status } })).status).toBe(200);
  }

  const use = (key: string) => stack.send(LIST, { headers: { 'X-API-Key': key } });
  const works = (key: string) => waitFor(async () => (await use(key)).status === 200);
  /** Waits for the first refusal, and returns its code: a client that reads "revoked" throws its key away. */
  const refusal = (key: string) =>
    waitFor(async () => {
      const answer = await use(key);
      return answer.status === 401 && answer.body['code'];
    });

  async function introspected(token: string): Promise<string | null> {
    const response = await fetch(`${stack.urls.auth}/internal/auth/introspect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-service-key': KEYS.SERVICE_API_KEY },
      body: JSON.stringify({ token }),
    });
    await response.text();
    return response.headers.get('x-inactive-reason');
  }

  describe('an API key of a user who is disabled and enabled again', () => {
    test('is refused meanwhile and works afterwards, any number of times', async () => {
      const user = await stack.signIn();
      const { key } = await stack.createKey(user);
      await works(key);
      for (let round = 0; round < 3; round += 1) {
        await setStatus(user, 'disabled');
        expect(await refusal(key)).toBe('auth.key_suspended');
        await setStatus(user, 'active');
        await works(key);
      }
    });

    test('works again where it was never used before, and where status changed quickly', async () => {
      const user = await stack.signIn();
      const [first, second] = [await stack.createKey(user), await stack.createKey(user)];
      for (const status of ['disabled', 'active', 'disabled', 'active'] as const) await setStatus(user, status);
      await works(first.key);
      await works(second.key);
    });

    test('stays ended where it was ended before or meanwhile', async () => {
      const user = await stack.signIn();
      const [ended, leaked] = [await stack.createKey(user), await stack.createKey(user)];
      await ended.delete();
      await works(leaked.key);
      await setStatus(user, 'disabled');
      expect(await refusal(leaked.key)).toBe('auth.key_suspended');
      const headers = { 'X-Admin-Key': KEYS.ADMIN_API_KEY };
      const revoking = { method: 'POST', headers, json: { key: leaked.key } };
      expect((await stack.send('/api/v1/auth/admin/keys/revoke', revoking)).status).toBe(200);
      await setStatus(user, 'active');
      // By now auth knows the user as active: another key of theirs would work, and these do not.
      await waitFor(async () => (await introspected(leaked.key)) === 'key_revoked');
      expect(await introspected(ended.key)).toBe('key_revoked');
      expect(await refusal(ended.key)).toBe('auth.key_revoked');
    });

    test('sessions are over for good: the user signs in anew', async () => {
      const user = await stack.signIn();
      await setStatus(user, 'disabled');
      await waitFor(async () => (await stack.send(LIST, { token: user.token })).status === 401);
      await setStatus(user, 'active');
      const { key } = await stack.createKey(await stack.signIn());
      await works(key);
      expect((await stack.send(LIST, { token: user.token })).body['code']).toBe('auth.session_revoked');
    });
  });
};
