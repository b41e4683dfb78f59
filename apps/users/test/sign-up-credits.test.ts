import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startStack, type Stack } from './stack.ts';

/** A new user gets the sign-up credits once, whether credits is there at that moment or not. */

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ SIGNUP_CREDITS: '50' });
}, 60_000);
afterAll(() => stack.stop());

const ONCE = { balance: 50, lifetime_earned: 50, lifetime_spent: 0 };

async function resolve(externalId: string): Promise<string> {
  const answer = await stack.asService('users', 'POST', '/api/v1/users/resolve', { external_id: externalId });
  expect(answer.status).toBe(200);
  return (answer.body as { user_id: string }).user_id;
}

const balanceOf = async (userId: string) =>
  (await stack.asUser(userId, 'credits', 'GET', '/api/v1/credits/balance')).body;

/** Whether every event of users has been handed to the queue. */
async function eventsDelivered(): Promise<true> {
  const response = await fetch(`${stack.urls.users}/metrics`);
  expect(await response.text()).toMatch(/^outbox_oldest_pending_seconds\{[^}]*\} 0$/m);
  return true;
}

test('100 parallel sign-ups of one user give the credits once, by the call and by the event together', async () => {
  const ids = await Promise.all(Array.from({ length: 100 }, () => resolve('crowd')));
  const [userId = ''] = ids;
  expect(new Set(ids).size).toBe(1);
  await waitFor(async () => {
    expect(await balanceOf(userId)).toEqual(ONCE);
    return true;
  });
  await waitFor(eventsDelivered);
  expect(await balanceOf(userId)).toEqual(ONCE);
});

test('the maker of a user reads the credits at once', async () => {
  expect(await balanceOf(await resolve('alone'))).toEqual(ONCE);
});

test('a user who signs up while credits is away gets them when it is back', async () => {
  await stack.apps.credits.kill();
  const userId = await resolve('early');
  await stack.start('credits');
  await waitFor(
    async () => {
      expect(await balanceOf(userId)).toEqual(ONCE);
      return true;
    },
    { timeoutMs: 20_000 },
  );
}, 60_000);
