import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openClient, createTestDatabase, type TestDatabase } from '@turnpike/test-kit';
import { IMPERSONAL_TABLES, PERSONAL_TABLES } from '../src/personal-data.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase('users');
  client = await openClient({ connectionString: database.url });
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test('every table says whether it holds personal data', async () => {
  const { rows } = await client.query<{ table_name: string }>(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
  );
  const declared = [...PERSONAL_TABLES.map(({ table }) => table), ...Object.keys(IMPERSONAL_TABLES)];
  expect(rows.map(({ table_name }) => table_name).sort()).toEqual(declared.sort());
});

test('sections of the export have names of their own', () => {
  const sections = PERSONAL_TABLES.flatMap(({ section }) => section ?? []);
  expect(new Set(sections).size).toBe(sections.length);
});

describe('a person’s row', () => {
  const USER = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';
  const CANARY = 'canary-5b1f';

  /** Every value of every row of every table, as text. */
  async function everything(): Promise<string> {
    const tables = [...PERSONAL_TABLES.map(({ table }) => table), ...Object.keys(IMPERSONAL_TABLES)];
    const texts: string[] = [];
    for (const table of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${table} t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  }

  test('is exported from, and erased from, each declared table', async () => {
    await client.query(
      `SELECT * FROM user_find_or_create('${USER}', 'external', '${CANARY}-key', '${CANARY}@example.com', true, '${CANARY}', 'pro', gen_random_uuid(), 50, NULL)`,
    );
    await client.query(
      `INSERT INTO config_value (organisation_id, key, value, version, updated_by)
       VALUES (gen_random_uuid(), 'alerts.email', '"${CANARY.toUpperCase()}@example.com"', 1, gen_random_uuid()),
              (gen_random_uuid(), 'members.max', '5', 1, '${USER}')`,
    );
    expect(await everything()).toContain(CANARY);
    for (const { table, exportSql } of PERSONAL_TABLES.filter(({ section }) => section !== undefined)) {
      const { rows } = await client.query<object>(exportSql ?? '', [USER]);
      expect([table, rows.length]).toEqual([table, 1]);
      expect(JSON.stringify(rows)).toContain(CANARY);
    }
    for (const { eraseSql } of PERSONAL_TABLES) await client.query(eraseSql, [USER]);
    const left = (await everything()).toLowerCase();
    expect(left).not.toContain(CANARY);
    expect(left).toContain('"key": "members.max", "value": 5');
    expect(left).not.toContain(`"updated_by": "${USER}"`);
  });
});
