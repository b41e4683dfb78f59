import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient, createTestDatabase } from '@turnpike/test-kit';
import { IMPERSONAL_TABLES, PERSONAL_TABLES } from '../src/personal-data.ts';
import { startExample, type Example } from './start-example.ts';

const GONE = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';
const STAYS = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e10';
const RECEIPT = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e99';

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.stop());

const erase = (user: string, named = user) =>
  example.send('POST', '/webhooks/erasure', {
    user,
    signed: true,
    body: { type: 'user.erasure', user_id: named, receipt_id: RECEIPT },
  });

const make = (user: string) =>
  example.send('POST', '/api/v1/timepoints/generate/sync', {
    user,
    signed: true,
    body: { query: 'A private thought' },
  });

test('erases everything of one user, may be repeated, and nothing comes back', async () => {
  for (const user of [GONE, STAYS]) {
    expect((await make(user)).status).toBe(200);
    expect((await example.send('POST', '/api/v1/moments', { user, body: { path: 'p', name: 'n' } })).status).toBe(201);
  }
  expect(await erase(GONE)).toMatchObject({ status: 200, body: { erased: { timepoint: 1, moment: 1 } } });
  expect(await erase(GONE)).toMatchObject({ status: 200, body: { erased: { timepoint: 0, moment: 0 } } });
  expect((await make(GONE)).status).toBe(410);
  const list = (user: string) => example.send('GET', '/api/v1/users/me/timepoints', { user, signed: true });
  expect((await list(GONE)).body).toMatchObject({ total: 0 });
  expect((await list(STAYS)).body).toMatchObject({ total: 1 });
});

test('a signature for one user does not erase another', async () => {
  expect((await erase(STAYS, GONE)).status).toBe(403);
  const unsigned = await example.send('POST', '/webhooks/erasure', {
    user: STAYS,
    body: { type: 'user.erasure', user_id: STAYS, receipt_id: RECEIPT },
  });
  expect(unsigned.status).toBe(403);
});

test('every table says whether it holds personal data, and erasure reaches those that do', async () => {
  const database = await createTestDatabase('example-downstream');
  const [tables, erasing] = await withClient(
    { connectionString: database.url },
    async (client) =>
      [
        await client.query<{ table_name: string }>(
          "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
        ),
        await client.query<{ source: string }>("SELECT prosrc AS source FROM pg_proc WHERE proname = 'erase_user'"),
      ] as const,
  );
  await database.drop();
  expect(tables.rows.map(({ table_name }) => table_name).sort()).toEqual(
    [...PERSONAL_TABLES, ...Object.keys(IMPERSONAL_TABLES)].sort(),
  );
  for (const table of PERSONAL_TABLES) expect(erasing.rows[0]?.source).toContain(`DELETE FROM ${table} `);
});
