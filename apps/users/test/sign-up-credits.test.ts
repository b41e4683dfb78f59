import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startStack, type Stack } from './stack.ts';

/** A new user gets the sign-up credits once, whether credits is there at that moment or not. */

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ SIGNUP_CREDITS: '50' });
});
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
  expect(await response.text()).toMatch(/^turnpike_outbox_oldest_pending_seconds\{[^}]*\} 0$/m);
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

describe('accounts of one person', () => {
  const create = async (key: string, lineageId?: string): Promise<string> => {
    const body = { external_key: key, ...(lineageId && { lineage_id: lineageId }) };
    const answer = await stack.asService('users', 'POST', '/internal/users/find-or-create', body);
    expect(answer.status).toBe(200);
    return (answer.body as { user: { id: string } }).user.id;
  };
  const earned = async (userId: string) => ((await balanceOf(userId)) as { lifetime_earned: number }).lifetime_earned;

  test('only the first is granted the credits', async () => {
    const lineage = randomUUID();
    expect(await earned(await create(`google:${randomUUID()}`, lineage))).toBe(50);
    expect(await earned(await create(`github:${randomUUID()}`, lineage))).toBe(0);
    await waitFor(eventsDelivered);
  });

  test('30 made at the same moment are granted them once together', async () => {
    const lineage = randomUUID();
    const ids = await Promise.all(Array.from({ length: 30 }, () => create(`google:${randomUUID()}`, lineage)));
    await waitFor(eventsDelivered);
    const amounts = await waitFor(async () => {
      const all = await Promise.all(ids.map(earned));
      return all.includes(50) ? all : undefined;
    });
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(50);
  });

  test('an erasure forgets the person, but not that they had the credits', async () => {
    const lineage = randomUUID();
    const key = `google:${randomUUID()}`;
    const first = await create(key, lineage);
    await stack.asOperator('users', 'POST', `/api/v1/users/admin/${first}/erasures`);
    const again = await create(key, lineage);
    expect(again).not.toBe(first);
    expect(await earned(again)).toBe(0);
  });

  test('of whom no more is known than the key: each is granted them', async () => {
    expect(await earned(await create(`dev:${randomUUID()}`))).toBe(50);
    expect(await earned(await create(`dev:${randomUUID()}`))).toBe(50);
  });
});

test('a user who signs up while credits is down gets them when it is up again', async () => {
  await stack.apps.credits.kill();
  const userId = await resolve('early');
  await stack.start('credits');
  await waitFor(async () => {
    expect(await balanceOf(userId)).toEqual(ONCE);
    return true;
  });
});
