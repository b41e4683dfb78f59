import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RECORDS_STREAM } from '@turnpike/contracts';
import {
  callJson,
  createTestDatabase,
  createTestRedis,
  startApp,
  waitFor,
  withClient,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';
import { ADMIN_KEY, INTERNAL_SECRET, member, NOWHERE, person, SERVICE_KEY, type Given } from './start-usage.ts';
import { STORES, type UsageOverStore } from './stores.ts';

/** Organisations keep their records for a shorter time than the installation does, if they or its operators say so (`logs.retention_days`). */

const DAY_MS = 86_400_000;
const KEY = 'logs.retention_days';

let database: TestDatabase;
let redis: TestRedis;
let users: RunningApp;
beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase('users'), createTestRedis()]);
  users = await startApp('users', {
    ...database.env,
    REDIS_URL: redis.url,
    USERS_PORT: '0',
    AUTH_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    USAGE_URL: NOWHERE,
    LLM_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
    ADMIN_API_KEY: ADMIN_KEY,
    INTERNAL_SIGNING_SECRET: INTERNAL_SECRET,
    USERS_ENCRYPTION_KEY: 'usage-test-encryption-key-0123456789abcd',
  });
});
afterAll(async () => {
  await users.stop();
  await redis.flush();
  await database.drop();
});

/** As an organisation sets it through its own route, whose rules are tested there. */
const keepsFor = (organisationId: string, days: number) =>
  withClient({ connectionString: database.url }, async (client) => {
    const row = [organisationId, KEY, String(days)];
    await client.query('INSERT INTO config_value (organisation_id, key, value) VALUES ($1::uuid, $2, $3::jsonb)', row);
  });
const operators = async (method: string, body: object): Promise<void> => {
  const path = `/platform/api/admin/configs/${KEY}`;
  const { status } = await callJson(users.url, method, path, { headers: { 'x-admin-key': ADMIN_KEY }, body });
  expect(status).toBe(200);
};

describe.each(STORES)('over $name', ({ start }) => {
  let usage: UsageOverStore;
  beforeAll(async () => {
    usage = await start({ USERS_URL: users.url, USAGE_ORGANISATIONS_RETENTION_MS: '1000' });
  });
  afterAll(() => usage.stop());

  /** Leaves records of so many days ago; one of more than two days ago counts as of two. */
  const leave = (organisationId: string, ...daysAgo: number[]) =>
    usage.record(
      ...daysAgo.map((days): Given => ({
        caller: member(randomUUID(), organisationId),
        atMs: Date.now() - days * DAY_MS,
      })),
    );
  const kept = async (organisationId: string): Promise<number> => {
    const from = encodeURIComponent(new Date(Date.now() - 20 * DAY_MS).toISOString());
    const { body } = await usage.asOperator(
      `/api/v1/usage/admin/requests?organisation_id=${organisationId}&from=${from}&limit=1`,
    );
    return Number(body['total']);
  };

  test('records go when their organisation keeps them no longer; those of others, and all sums, stay', async () => {
    const [short, other] = [randomUUID(), randomUUID()];
    await leave(short, 0, 1, 4, 5);
    await leave(other, 0, 1, 4, 5);
    expect([await kept(short), await kept(other)]).toEqual([4, 4]);
    await keepsFor(short, 2);
    await waitFor(async () => (await kept(short)) === 2);
    expect(await kept(other)).toBe(4);
    const sums = await usage.asMember(
      randomUUID(),
      short,
      'owner',
      `/trueportai-services/api/v1/analytics/stats?from=${encodeURIComponent(new Date(Date.now() - 9 * DAY_MS).toISOString())}&interval=day`,
    );
    expect(sums.body['totals']).toMatchObject({ requests: 4 });
    expect(await (await fetch(`${usage.url()}/metrics`)).text()).toMatch(
      /^turnpike_usage_records_removed_total\{.*\} 2$/m,
    );
  });

  test('what operators set holds for organisations without a value of their own, and locked for all of them; people are not meant', async () => {
    const [own, none, personId] = [randomUUID(), randomUUID(), randomUUID()];
    const atMs = Date.now() - 6 * DAY_MS;
    await usage.record({ caller: person(personId), atMs });
    await leave(own, 0, 6);
    await leave(none, 0, 6);
    await keepsFor(own, 8);
    await operators('PUT', { value: 2 });
    await waitFor(async () => (await kept(none)) === 1);
    // The round after it has found what is old again, so that the first one is over.
    await usage.leave([{ caller: member(randomUUID(), none), atMs }, { caller: member(randomUUID(), none) }]);
    await waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0 && (await kept(none)) === 2);
    expect(await kept(own)).toBe(2);
    await operators('PUT', { is_locked: true });
    await waitFor(async () => (await kept(own)) === 1);
    const from = encodeURIComponent(new Date(atMs - DAY_MS).toISOString());
    const theirs = await usage.asUser(personId, `/api/v1/usage/requests?from=${from}`);
    expect(theirs.body['total']).toBe(1);
    await operators('DELETE', {});
  });
});
