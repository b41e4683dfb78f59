import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createTestDatabase,
  createTestRedis,
  runProgram,
  startApp,
  withClient,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';

/** `turnpike ledger verify` tells a script by its exit code whether the books are right. Credits answers itself: it knows the admin key too. */

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const NOWHERE = 'http://127.0.0.1:9';
const ADMIN_API_KEY = 'ledger-test-admin-key-0123456789abcdef01';

let database: TestDatabase;
let redis: TestRedis;
let credits: RunningApp;
beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase('credits'), createTestRedis()]);
  credits = await startApp('credits', {
    ...database.env,
    REDIS_URL: redis.url,
    CREDITS_PORT: '0',
    USERS_URL: NOWHERE,
    SERVICE_API_KEY: 'ledger-test-service-key-0123456789abcdef',
    ADMIN_API_KEY,
    INTERNAL_SIGNING_SECRET: 'ledger-test-signing-secret-0123456789abcd',
    // None but those that are asked for.
    VERIFY_MS: '86400000',
  });
});
afterAll(async () => {
  await credits.stop();
  await database.drop();
  await redis.flush();
});

const verify = (url: string, ...args: string[]) =>
  runProgram(CLI, ['ledger', 'verify', ...args], { DATA_DIR: '/nowhere', TURNPIKE_URL: url, ADMIN_API_KEY });
const because = ['--reason', 'a drill'];

test('0 where the books are right, 1 where they are not, with what is wrong, and 0 once that is mended', async () => {
  expect(await verify(credits.url, ...because)).toMatchObject({ code: 0, stderr: '' });
  const change = (sql: string) =>
    withClient({ connectionString: database.url }, async (client) => await client.query(sql));
  // A balance that no grant has.
  await change('INSERT INTO account (id, owner_id, balance) VALUES (gen_random_uuid(), gen_random_uuid(), 7)');
  const broken = await verify(credits.url, ...because, '--json');
  expect({ code: broken.code, stderr: broken.stderr }).toEqual({ code: 1, stderr: '' });
  const invariants = JSON.parse(broken.stdout) as { id: string; violations: number }[];
  expect(invariants.filter(({ violations }) => violations > 0)).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: 'balance_is_in_grants', violations: 1 })]),
  );
  expect(await verify(credits.url, ...because)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^balance_is_in_grants .* 1 /m),
  });
  await change('DELETE FROM account');
  expect((await verify(credits.url, ...because)).code).toBe(0);
});

test('64 without a reason, 69 where nothing answers, 1 where the key is refused', async () => {
  expect(await verify(credits.url)).toMatchObject({ code: 64, stderr: expect.stringContaining('--reason is missing') });
  expect(await verify(NOWHERE, ...because)).toMatchObject({
    code: 69,
    stderr: expect.stringContaining('does not answer'),
  });
  const { code, stderr } = await runProgram(CLI, ['ledger', 'verify', ...because], {
    DATA_DIR: '/nowhere',
    TURNPIKE_URL: credits.url,
    ADMIN_API_KEY: 'ledger-test-another-key-0123456789abcdef',
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining('(request ')]);
});
