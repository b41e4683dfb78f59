import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { makePerson, type Person } from './person.ts';
import { startStack, type Stack } from './stack.ts';

/** Figures for operators: what a service counted, and null where it did not answer. */

let stack: Stack;
let ann: Person;
beforeAll(async () => {
  stack = await startStack();
  ann = await makePerson(stack);
});
afterAll(() => stack.stop());

/** Waits until what is asked is as expected: on a busy machine a service may be given up that answers late. */
const holds = (expectation: () => Promise<unknown>) =>
  waitFor(async () => {
    await expectation();
    return true;
  });

const stats = async () => {
  const { status, body } = await stack.asOperator('users', 'GET', '/platform/api/admin/stats');
  expect(status).toBe(200);
  return body as Record<string, unknown> & { as_of: string };
};

test('everything is counted where everybody answers', async () => {
  const made = await stack.asUser(
    ann.userId,
    'auth',
    'POST',
    '/platform/api/global/tenants',
    { name: 'Acme' },
    { 'x-gateway-session-id': ann.sessionId },
  );
  expect(made.status).toBe(201);
  const organisation = String((made.body as { id: string }).id);
  await stack.databases.usage.query(
    `INSERT INTO usage_rollup (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model,
       requests, errors, blocked, charged_micro, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, violations, latency)
     SELECT 'hour_total', $1::uuid, date_trunc('hour', now() - hours * interval '1 hour', 'UTC'), nil, nil, nil, 'prod', '', 2, '', '', 5, 2, 0, 0, 0, 0, 0, 0, 0, 0, '{}'
       FROM (VALUES (0), (3), (25)) AS past (hours), (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS nil) AS none`,
    [organisation],
  );
  await holds(async () => {
    const { as_of: asOf, ...figures } = await stats();
    expect(Math.abs(Date.parse(asOf) - Date.now())).toBeLessThan(60_000);
    expect(figures).toEqual({
      tenants: { total: 1, active: 1, suspended: 0, archived: 0 },
      users: { total: 1, active_30d: 1 },
      subscriptions: { by_plan: {}, past_due: 0 },
      keys: { active: expect.any(Number) },
      requests: { last_24h: 10, errors_24h: 4 },
      credits: { granted_30d: expect.any(Number), spent_30d: expect.any(Number) },
      partial: [],
      estimated: [],
    });
    expect((figures['credits'] as { granted_30d: number }).granted_30d).toBeGreaterThan(0);
    const { body } = await stack.asOperator('auth', 'GET', `/platform/api/admin/tenants/${organisation}`);
    expect(body).toMatchObject({ requests_24h: 10 });
  });
});

test('a service that is down is named, and its figures are null and not zero', async () => {
  await stack.apps.usage.stop();
  await stack.apps.credits.stop();
  await holds(async () =>
    expect(await stats()).toMatchObject({
      tenants: { total: 1 },
      users: { total: 1 },
      subscriptions: { by_plan: null, past_due: null },
      requests: { last_24h: null, errors_24h: null },
      credits: { granted_30d: null, spent_30d: null },
      partial: ['credits', 'usage'],
    }),
  );
  const { body } = await stack.asOperator('auth', 'GET', '/platform/api/admin/tenants');
  const [{ id = '' } = {}] = (body as { items: { id?: string }[] }).items;
  const detail = await stack.asOperator('auth', 'GET', `/platform/api/admin/tenants/${id}`);
  expect(detail.body).toMatchObject({ requests_24h: null, credits: null });
  await Promise.all([stack.start('usage'), stack.start('credits')]);
});

test('what is many is estimated, and said to be', async () => {
  await stack.databases.users.query(
    `INSERT INTO app_user (id, tier, created_at) SELECT gen_random_uuid(), 'free', now() FROM generate_series(1, 2000)`,
  );
  await stack.databases.users.query('ANALYZE app_user');
  await stack.apps.users.stop();
  await stack.start('users');
  const figures = await stats();
  const { total } = figures['users'] as { total: number };
  expect([total > 1_800 && total < 2_200, figures['estimated']]).toEqual([true, ['users.total']]);
});

test('nobody but an operator is told', async () => {
  const { status } = await stack.asUser(ann.userId, 'users', 'GET', '/platform/api/admin/stats');
  expect(status).toBe(403);
});
