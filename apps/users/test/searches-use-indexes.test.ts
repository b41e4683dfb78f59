import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { createTestDatabase, freePort, startApp, type RunningApp, type TestDatabase } from '@turnpike/test-kit';
import { indexesOf, startExplainingPostgres, type ExplainingPostgres } from '@turnpike/test-kit/plans';
import { ADMIN_KEY, call, SERVICE_KEY, startUsers, type Users } from './start-users.ts';

/** What operators find users by has an index that bounds it, by name. */

const USERS = 3_000;

let postgres: ExplainingPostgres;
let database: TestDatabase;
let users: Users;
let auth: RunningApp;
let authDatabase: TestDatabase;
beforeAll(async () => {
  postgres = await startExplainingPostgres();
  database = await createTestDatabase('users', postgres.url);
  await database.query(
    `INSERT INTO app_user (id, email, tier, status)
     SELECT overlay(gen_random_uuid()::text PLACING '7' FROM 15)::uuid, 'User' || i || '@example.com', 'free', CASE WHEN i % 100 = 0 THEN 'disabled' ELSE 'active' END
       FROM generate_series(1, ${USERS}) i`,
  );
  await database.query('ANALYZE');
  await postgres.explain();
  authDatabase = await createTestDatabase('auth');
  const port = await freePort();
  users = await startUsers({ ...database.env, AUTH_URL: `http://127.0.0.1:${port}` });
  auth = await startApp('auth', {
    ...authDatabase.env,
    REDIS_URL: users.redis.url,
    AUTH_PORT: String(port),
    USERS_URL: users.app.url,
    CREDITS_URL: 'http://127.0.0.1:9',
    SERVICE_API_KEY: SERVICE_KEY,
    AUTH_ENCRYPTION_KEY: 'users-test-encryption-key-0123456789abcdef',
  });
});
afterAll(async () => {
  await auth.stop();
  await users.stop();
  await authDatabase.drop();
  await database.drop();
  await postgres.dispose();
});

/** PostgreSQL 18 finds an id by either: it skips along an index whose first column has few values. */
const BY_ID = expect.stringMatching(/^app_user_(?:pkey|status_idx|tier_idx)$/);

test.each([
  ['', ['app_user_pkey']],
  ['status=disabled', ['app_user_status_idx']],
  ['tier=enterprise', ['app_user_tier_idx']],
  ['q=user17@EXAMPLE.com', ['app_user_email_idx', BY_ID]],
  ['q=01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57', [BY_ID]],
])('users by "%s" are read by %j', async (query, indexes) => {
  await postgres.ran();
  const headers = { [HEADER.adminKey]: ADMIN_KEY };
  const answer = await call(users.app.url, 'GET', `/platform/api/admin/users?${query}`, undefined, headers);
  expect(answer.status).toBe(200);
  const ran = await postgres.ran();
  // What counts for a total reads 10,000 rows at most, by any index.
  const own = ran.filter(({ application, sql }) => application === 'turnpike-users' && !sql.includes('AS counted'));
  expect(indexesOf(own, 'app_user')).toEqual(indexes);
});
