import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openClient } from '@turnpike/test-kit';
import { ADMIN_KEY, startUsers, type Users } from './start-users.ts';

const UNKNOWN = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';

let users: Users;
let database: pg.Client;
beforeAll(async () => {
  users = await startUsers();
  database = await openClient({ connectionString: users.database.url });
});
afterAll(async () => {
  await database.end();
  await users.stop();
});

interface UserBody {
  id: string;
  [name: string]: unknown;
}

async function make(external_key: string, more: object = {}): Promise<UserBody> {
  const answer = await users.send('POST', '/internal/users/find-or-create', { external_key, ...more });
  expect(answer.status).toBe(200);
  return (answer.body as { user: UserBody }).user;
}

async function eventsOf(id: string): Promise<{ type: string; payload: unknown }[]> {
  const { rows } = await database.query<{ type: string; payload: unknown }>(
    "SELECT type, payload FROM outbox WHERE payload->>'user_id' = $1 ORDER BY created_at, id",
    [id],
  );
  return rows;
}

describe('find-or-create', () => {
  test('makes a user with what is known of it, once for 100 parallel calls', async () => {
    const body = {
      external_key: 'apple:crowd',
      email: 'a@example.com',
      email_verified: true,
      display_name: 'Ann',
      tier: 'pro',
    };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => users.send('POST', '/internal/users/find-or-create', body)),
    );
    const bodies = answers.map((answer) => answer.body as { user: UserBody; created: boolean });
    expect(bodies.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(bodies.map(({ user }) => JSON.stringify(user))).size).toBe(1);
    const [{ user } = { user: { id: '' } }] = bodies;
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      email: 'a@example.com',
      email_verified: true,
      display_name: 'Ann',
      tier: 'pro',
      status: 'active',
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(await eventsOf(user.id)).toEqual([
      { type: 'user.created', payload: { user_id: user.id, signup_credits: 50 } },
    ]);
  });

  test('a user that has to be made has the proposed id; one that is there keeps its own', async () => {
    const [first, second] = ['01936f5e-7b1a-7c3e-9d2f-000000000001', '01936f5e-7b1a-7c3e-9d2f-000000000002'];
    expect((await make('email:proposed', { proposed_id: first })).id).toBe(first);
    expect((await make('email:proposed', { proposed_id: second })).id).toBe(first);
  });

  test('two providers with one subject are two users', async () => {
    expect((await make('google:1')).id).not.toBe((await make('github:1')).id);
  });

  test('an address cannot be verified where there is none', async () => {
    expect(await make('google:no-mail', { email_verified: true })).toMatchObject({
      email: null,
      email_verified: false,
    });
  });
});

describe('reading', () => {
  test('by id, by external id, and what is not there', async () => {
    const { id } = await make('apple:read');
    const resolved = (await users.send('POST', '/api/v1/users/resolve', { external_id: 'ext-read' })).body as {
      user_id: string;
    };
    expect((await users.send('GET', `/internal/users/${id}`)).body).toMatchObject({ id });
    expect((await users.send('GET', `/internal/users/lookup?ref=${id}`)).body).toMatchObject({ id });
    expect((await users.send('GET', '/internal/users/lookup?ref=ext-read')).body).toMatchObject({
      id: resolved.user_id,
    });
    expect((await users.send('GET', `/internal/users/${UNKNOWN}`)).status).toBe(404);
    expect((await users.send('GET', `/internal/users/lookup?ref=${UNKNOWN}`)).status).toBe(404);
    expect((await users.send('GET', '/internal/users/lookup?ref=apple:read')).status).toBe(404);
    expect((await users.send('GET', '/internal/users/not-an-id')).status).toBe(422);
  });

  test('a disabled user is read with its status, but not looked up', async () => {
    const { id } = await make('apple:disabled');
    await users.send('PUT', `/internal/users/${id}/status`, { status: 'disabled' });
    expect((await users.send('GET', `/internal/users/${id}`)).body).toMatchObject({ status: 'disabled' });
    expect((await users.send('GET', `/internal/users/lookup?ref=${id}`)).status).toBe(404);
  });
});

describe('changing', () => {
  test.each([
    ['nothing', {}, {}],
    ['the name', { display_name: 'New' }, { display_name: 'New' }],
    ['the name away', { display_name: null }, { display_name: null }],
    ['to another address', { email: 'b@example.com' }, { email: 'b@example.com', email_verified: false }],
    [
      'to a verified address',
      { email: 'b@example.com', email_verified: true },
      { email: 'b@example.com', email_verified: true },
    ],
    ['to the same address', { email: 'a@example.com' }, {}],
    ['the address away', { email: null, email_verified: true }, { email: null, email_verified: false }],
    ['the tier', { tier: 'enterprise' }, { tier: 'enterprise' }],
  ])('%s', async (name, change, expected) => {
    const before = await make(`apple:change ${name}`, {
      email: 'a@example.com',
      email_verified: true,
      display_name: 'Ann',
    });
    const answer = await users.send('PATCH', `/internal/users/${before.id}`, change);
    expect(answer).toMatchObject({ status: 200, body: { ...before, ...expected, updated_at: expect.any(String) } });
    expect((await users.send('GET', `/internal/users/${before.id}`)).body).toEqual(answer.body);
  });

  test('a new tier and a new status are told to the others, an unchanged one is not', async () => {
    const { id } = await make('apple:told');
    await users.send('PATCH', `/internal/users/${id}`, { tier: 'pro' });
    await users.send('PATCH', `/internal/users/${id}`, { tier: 'pro', display_name: 'x' });
    for (const status of ['disabled', 'disabled', 'active'])
      await users.send('PUT', `/internal/users/${id}/status`, { status });
    const types = (await eventsOf(id)).map(({ type }) => type);
    expect(types.filter((type) => type !== 'audit.recorded')).toEqual([
      'user.created',
      'user.updated',
      'user.disabled',
      'user.updated',
    ]);
  });

  test('404 for a user that is not there, 422 for what is not a change', async () => {
    expect((await users.send('PATCH', `/internal/users/${UNKNOWN}`, { display_name: 'x' })).status).toBe(404);
    expect((await users.send('PUT', `/internal/users/${UNKNOWN}/status`, { status: 'disabled' })).status).toBe(404);
    const { id } = await make('apple:422');
    for (const change of [
      { tier: 'Not A Tier' },
      { tier: 'gold' },
      { email: 'x' },
      { display_name: '' },
      { email_verified: 'yes' },
    ]) {
      expect((await users.send('PATCH', `/internal/users/${id}`, change)).status).toBe(422);
    }
    expect((await users.send('PUT', `/internal/users/${id}/status`, { status: 'deleted' })).status).toBe(422);
  });

  test('a tier that is not on the list changes nothing, whoever sets it, and the answer has the list', async () => {
    const { id } = await make('apple:tiers');
    const errors = [{ path: 'body.tier', message: 'Must be one of free, pro, enterprise' }];
    for (const [method, path, body, headers] of [
      ['PATCH', `/internal/users/${id}`, {}, undefined],
      ['POST', '/internal/users/find-or-create', { external_key: 'apple:no-tier' }, undefined],
      ['PUT', `/api/v1/users/admin/${id}/tier`, {}, { 'x-admin-key': ADMIN_KEY }],
    ] as const) {
      for (const tier of ['gold', 'service'])
        expect(await users.send(method, path, { ...body, tier }, headers)).toMatchObject({
          status: 422,
          body: { errors },
        });
    }
    expect((await users.send('GET', `/internal/users/${id}`)).body).toMatchObject({ tier: 'free' });
  });
});

test('the service runs as its own role, which may not change what it need not', async () => {
  await expect(
    database
      .query('BEGIN; SET LOCAL ROLE turnpike_users_service; DELETE FROM app_user; COMMIT')
      .finally(() => database.query('ROLLBACK')),
  ).rejects.toThrow(/permission denied/);
});

test.each(['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds'])(
  'the metrics tell %s of the process',
  async (name) => {
    const text = await (await fetch(`${users.app.url}/metrics`)).text();
    expect(text).toContain(`\n${name}{service="users"} `);
  },
);
