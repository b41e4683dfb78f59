import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openClient, waitFor } from '@turnpike/test-kit';
import { makePerson, type Person } from './person.ts';
import { startStack, type Stack } from './stack.ts';

/** What credits says of a person's own plan, from its outbox to what auth tells the edges. */

let stack: Stack;
let person: Person;
let revision: number;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  // With the tier `pro`, which an operator gave.
  person = await makePerson(stack);
  revision = 0;
});

/** Sends an event as credits does, and waits until users has handled it. */
async function told(tier: string | null, at = (revision += 1)): Promise<void> {
  const before = await handled();
  const payload = { user_id: person.userId, plan: tier === null ? null : 'bought', tier, revision: at };
  await stack.databases.credits.query("INSERT INTO outbox (id, type, payload) VALUES ($1, 'user.plan_changed', $2)", [
    randomUUID(),
    JSON.stringify(payload),
  ]);
  await waitFor(async () => (await handled()) === before + 1);
}

async function handled(): Promise<number> {
  const text = await (await fetch(`${stack.urls.users}/metrics`)).text();
  return Number(/^turnpike_events_handled_total\{[^}]*user\.plan_changed[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

const tierAtUsers = async () =>
  ((await stack.asService('users', 'GET', `/internal/users/${person.userId}`)).body as { tier: string }).tier;

/** The edges ask for it anew with each change. */
async function tierAtAuth(tier: string): Promise<void> {
  const introspected = () =>
    stack.asService('auth', 'POST', '/internal/auth/introspect', { token: person.accessToken });
  await waitFor(async () => ((await introspected()).body as { tier: string }).tier === tier);
}

const setByOperator = (tier: string) =>
  stack.asOperator('users', 'PUT', `/api/v1/users/admin/${person.userId}/tier`, { tier });

test('a plan gives its tier and takes it along; the trail says so', async () => {
  await told('enterprise');
  expect(await tierAtUsers()).toBe('enterprise');
  await tierAtAuth('enterprise');
  await told(null);
  expect(await tierAtUsers()).toBe('pro');
  await tierAtAuth('pro');
  const trail = () =>
    stack.asOperator('auth', 'GET', `/api/v1/auth/admin/audit?user_id=${person.userId}&action=user.tier_changed`);
  const { items } = await waitFor(async () => {
    const body = (await trail()).body as { items: { actor: string; detail: object }[] };
    return body.items.length === 2 ? body : undefined;
  });
  expect(items.map(({ actor, detail }) => [actor, detail]).toReversed()).toEqual([
    ['system', { tier: 'enterprise', tier_before: 'pro', plan: 'bought' }],
    ['system', { tier: 'pro', tier_before: 'enterprise' }],
  ]);
});

test('what comes twice or too late changes nothing', async () => {
  await told('enterprise', 1);
  await told(null, 3);
  await told('enterprise', 2);
  await told('enterprise', 3);
  expect(await tierAtUsers()).toBe('pro');
});

test('a plan is never less than what the person has without it', async () => {
  expect((await setByOperator('enterprise')).status).toBe(200);
  await told('pro');
  expect(await tierAtUsers()).toBe('enterprise');
  await told(null);
  expect(await tierAtUsers()).toBe('enterprise');
});

test('what operators set stands until the plan changes, and after it', async () => {
  await told('enterprise');
  expect((await setByOperator('free')).status).toBe(200);
  await told('enterprise');
  expect(await tierAtUsers()).toBe('free');
  await told('pro');
  expect(await tierAtUsers()).toBe('pro');
  await told(null);
  expect(await tierAtUsers()).toBe('free');
});

test('a plan of a tier that nobody can have gives none', async () => {
  await told('platinum');
  expect(await tierAtUsers()).toBe('pro');
});

test('an erased person gets no tier', async () => {
  await told('enterprise');
  const erased = await stack.asOperator('users', 'POST', `/api/v1/users/admin/${person.userId}/erasures`, {});
  expect(erased.status).toBe(202);
  const row = async () => {
    const client = await openClient({ connectionString: stack.databases.users.url });
    const { rows } = await client.query<Record<string, unknown>>(
      'SELECT tier, plan_tier, tier_without_plan, status FROM app_user WHERE id = $1',
      [person.userId],
    );
    await client.end();
    return rows[0];
  };
  const gone = { tier: 'free', plan_tier: null, tier_without_plan: null, status: 'deleted' };
  await waitFor(async () => (await row())?.['status'] === 'deleted');
  await told('pro');
  expect(await row()).toEqual(gone);
});
