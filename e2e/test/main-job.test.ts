import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { balanceOf, signInAs, signInAsDemo } from '../support/client.ts';
import { startTempStack } from '../support/temp-stack.ts';
import type { TempStack } from '../support/temp-stack.ts';

const generate = '/api/v1/timepoints/generate/sync';
const startTimeoutMs = 120_000;

let temp: TempStack;
beforeAll(async () => {
  temp = await startTempStack();
}, startTimeoutMs);
afterAll(async () => await temp.dispose(), startTimeoutMs);

describe('the main job', () => {
  test('sign in, call a metered backend through the edge, see the credits move from 50 to 45', async () => {
    const demo = await signInAsDemo(temp.client);
    expect(await balanceOf(demo)).toBe(50);

    const made = await demo.post(generate, { query: 'Moon landing, July 20 1969' });
    expect(made.status).toBe(200);
    expect(made.headers.get('x-credits-charged')).toBe('5');
    expect(made.headers.get('x-credits-remaining')).toBe('45');
    expect(made.headers.get('x-request-id')).toBeTruthy();
    expect(Number(made.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);

    expect((await demo.get('/api/v1/credits/balance')).body).toEqual({
      balance: 45,
      lifetime_earned: 50,
      lifetime_spent: 5,
    });
    expect((await demo.get('/api/v1/credits/history')).body).toMatchObject([
      { amount: -5, balance_after: 45, type: 'generation' },
      { amount: 50, balance_after: 50, type: 'signup_bonus' },
    ]);
    const mine = await demo.get('/api/v1/users/me/timepoints');
    expect(JSON.stringify(mine.body)).toContain(String(made.body['id']));
  });

  test('a second sign-in is the same person, who is granted nothing again', async () => {
    const [first, second] = await Promise.all([signInAsDemo(temp.client), signInAsDemo(temp.client)]);
    const [me, again] = await Promise.all([first.get('/api/v1/auth/me'), second.get('/api/v1/auth/me')]);
    expect(again.body['id']).toBe(me.body['id']);
    expect((await second.get('/api/v1/credits/balance')).body['lifetime_earned']).toBe(50);
  });

  test('an operator grants credits', async () => {
    const user = await signInAs(temp.client, temp.stack.info.admin_api_key, 'granted@example.com');
    const { body: me } = await user.get('/api/v1/auth/me');
    const operator = temp.client.with({ 'X-Admin-Key': temp.stack.info.admin_api_key });
    const granted = await operator.post('/api/v1/credits/admin/grant', { user_id: me['id'], amount: 100 });
    expect(granted).toMatchObject({ status: 200, body: { balance: 150, granted: 100 } });
    expect(await balanceOf(user)).toBe(150);
  });

  test('credits that do not suffice are refused before the backend is asked', async () => {
    const user = await signInAs(temp.client, temp.stack.info.admin_api_key, 'spender@example.com');
    for (let left = 40; left >= 0; left -= 10) {
      expect((await user.post(generate, { query: 'x', preset: 'hd' })).headers.get('x-credits-remaining')).toBe(
        String(left),
      );
    }
    expect(await user.post(generate, { query: 'x', preset: 'hd' })).toMatchObject({
      status: 402,
      body: {
        code: 'auth.insufficient_credits',
        cost: 10,
        balance: 0,
        detail: 'Insufficient credits. This operation costs 10 credits.',
      },
    });
    expect((await user.get('/api/v1/users/me/timepoints')).headers.get('x-credits-charged')).toBeNull();
  });
});

describe('killing any one process by force', () => {
  test.each(['auth', 'users', 'credits', 'example-downstream', 'edge-proxy', 'redis', 'postgres'])(
    '%s comes back, and nothing is lost',
    async (name) => {
      const user = await signInAs(temp.client, temp.stack.info.admin_api_key, `survivor-${name}@example.com`);
      expect((await user.post(generate, { query: 'before' })).status).toBe(200);

      const before = temp.stack.processes()[name];
      if (before === undefined) throw new Error(`${name} does not run`);
      process.kill(before, 'SIGKILL');

      await waitFor(
        () => {
          const now = temp.stack.processes()[name];
          return now !== undefined && now !== before;
        },
        { timeoutMs: 30_000 },
      );
      const made = await waitFor(
        async () => {
          const answer = await user.post(generate, { query: 'after' });
          return answer.status === 200 ? answer : undefined;
        },
        { timeoutMs: 30_000, intervalMs: 200 },
      );
      expect(made.headers.get('x-credits-remaining')).toBe('40');
      expect(await balanceOf(user)).toBe(40);
    },
  );
});
