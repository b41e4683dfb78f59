import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  createTestDatabase,
  openClient,
  startApp,
  waitFor,
  type RunningApp,
  type TestDatabase,
} from '@turnpike/test-kit';
import { ADMIN_KEY, SERVICE_KEY, startUsers, type Users } from './start-users.ts';

/** What credits says of a person's own plan, from its outbox to what users tells the others. */

let users: Users;
let creditsDatabase: TestDatabase;
let credits: RunningApp;
let client: Awaited<ReturnType<typeof openClient>>;
let userId: string;
let revision: number;
let handled: number;
beforeAll(async () => {
  users = await startUsers({ SIGNUP_CREDITS: '0' });
  client = await openClient({ connectionString: users.database.url });
  creditsDatabase = await createTestDatabase('credits');
  credits = await startApp('credits', {
    ...creditsDatabase.env,
    REDIS_URL: users.redis.url,
    CREDITS_PORT: '0',
    USERS_URL: users.app.url,
    AUTH_URL: 'http://127.0.0.1:9',
    SERVICE_API_KEY: SERVICE_KEY,
  });
  handled = 0;
});
afterAll(async () => {
  await client.end();
  await credits.stop();
  await creditsDatabase.drop();
  await users.stop();
});
beforeEach(async () => {
  const made = { external_key: `email:${randomUUID()}`, tier: 'pro' };
  const { body } = await users.send('POST', '/internal/users/find-or-create', made);
  userId = (body as { user: { id: string } }).user.id;
  revision = 0;
});

/** Has credits send an event, and waits until users has handled it. */
async function told(tier: string | null, at = (revision += 1)): Promise<void> {
  const payload = { user_id: userId, plan: tier === null ? null : 'bought', tier, revision: at };
  await creditsDatabase.query("INSERT INTO outbox (id, type, payload) VALUES ($1, 'user.plan_changed', $2)", [
    randomUUID(),
    JSON.stringify(payload),
  ]);
  handled += 1;
  await waitFor(async () => {
    const text = await (await fetch(`${users.app.url}/metrics`)).text();
    const count = /^turnpike_events_handled_total\{[^}]*user\.plan_changed[^}]*\} (\d+)$/m.exec(text)?.[1];
    return Number(count) === handled;
  });
}

const tier = async () => ((await users.send('GET', `/internal/users/${userId}`)).body as { tier: string }).tier;
const setByOperator = (wanted: string) =>
  users.send('PUT', `/api/v1/users/admin/${userId}/tier`, { tier: wanted }, { 'x-admin-key': ADMIN_KEY });
async function sent(type: string): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query<{ payload: Record<string, unknown> }>(
    "SELECT payload FROM outbox WHERE type = $1 AND payload->>'user_id' = $2 ORDER BY created_at, id",
    [type, userId],
  );
  return rows.map(({ payload }) => payload);
}

test('a plan gives its tier and takes it along; auth and the trail are told', async () => {
  await told('enterprise');
  expect(await tier()).toBe('enterprise');
  await told(null);
  expect(await tier()).toBe('pro');
  expect(await sent('user.updated')).toEqual([
    { user_id: userId, tier: 'enterprise' },
    { user_id: userId, tier: 'pro' },
  ]);
  const trail = await sent('audit.recorded');
  expect(trail.filter(({ action }) => action === 'user.tier_changed')).toMatchObject([
    { actor: 'system', detail: { tier: 'enterprise', tier_before: 'pro', plan: 'bought' } },
    { actor: 'system', detail: { tier: 'pro', tier_before: 'enterprise' } },
  ]);
});

test('what comes twice or too late changes nothing', async () => {
  await told('enterprise', 1);
  await told(null, 3);
  await told('enterprise', 2);
  await told('enterprise', 3);
  expect(await tier()).toBe('pro');
  expect(await sent('user.updated')).toHaveLength(2);
});

test('a plan is never less than what the person has without it', async () => {
  expect((await setByOperator('enterprise')).status).toBe(200);
  await told('pro');
  expect(await tier()).toBe('enterprise');
  await told(null);
  expect(await tier()).toBe('enterprise');
});

test('what operators set stands until the plan changes, and after it', async () => {
  await told('enterprise');
  expect((await setByOperator('free')).status).toBe(200);
  await told('enterprise');
  expect(await tier()).toBe('free');
  await told('pro');
  expect(await tier()).toBe('pro');
  await told(null);
  expect(await tier()).toBe('free');
});

test('a plan of a tier that nobody can have gives none', async () => {
  await told('platinum');
  expect(await tier()).toBe('pro');
});

test('an erased person gets no tier', async () => {
  await told('enterprise');
  const erasures = `/api/v1/users/admin/${userId}/erasures`;
  expect((await users.send('POST', erasures, {}, { 'x-admin-key': ADMIN_KEY })).status).toBe(202);
  await told('enterprise');
  const { rows } = await client.query('SELECT tier, plan_tier, tier_without_plan, status FROM app_user WHERE id = $1', [
    userId,
  ]);
  expect(rows).toEqual([{ tier: 'free', plan_tier: null, tier_without_plan: null, status: 'deleted' }]);
});
