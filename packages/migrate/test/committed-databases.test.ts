import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { createEmptyDatabase, createTestDatabase, runProgram } from '../../test-kit/src/index.ts';
import { withClient } from '../src/client.ts';
import { dumpSchema } from '../src/dump-schema.ts';
import { migratedApps } from '../src/index.ts';

/** What is committed under `apps/<app>/prisma` says the same as the database that it makes, and says it once. */

const apps = fileURLToPath(new URL('../../../apps', import.meta.url));
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** The SQL files of an app below a folder of its `prisma`, by path. */
function sqlFiles(app: string, folder: string): string[] {
  const root = path.join(apps, app, 'prisma', folder);
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('.sql')).map((entry) => path.join(root, entry));
}

/** The body of the function that a file makes, as PostgreSQL keeps it. */
function bodyOf(file: string): string {
  const bodies = readFileSync(file, 'utf8').split('$$');
  expect(bodies).toHaveLength(3);
  return bodies[1] ?? '';
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  return (await withClient({ connectionString: url }, (client) => client.query<Row>(sql))).rows;
}

/** Columns with their types, as `table.column type`. Prisma writes a precision that is the default, and knows no list that is not null. */
async function columnsOf(url: string): Promise<string[]> {
  const rows = await query<{ column: string }>(
    url,
    `SELECT c.relname || '.' || a.attname || ' ' || replace(format_type(a.atttypid, a.atttypmod), '(6)', '')
              || CASE WHEN a.attnotnull AND a.attndims = 0 THEN ' NOT NULL' ELSE '' END AS column
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT IN ('_prisma_migrations', '_turnpike_functions')
      ORDER BY 1`,
  );
  return rows.map(({ column }) => column);
}

describe.each(migratedApps)('%s', (app) => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase(app);
  });
  afterAll(() => database.drop());

  test('every function of the database is the text of its file, and the other way round', async () => {
    const rows = await query<{ name: string; body: string }>(
      database.url,
      "SELECT proname AS name, prosrc AS body FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    );
    const inFiles = sqlFiles(app, 'functions').map((file) => ({
      name: path.basename(file, '.sql'),
      body: bodyOf(file),
    }));
    const byName = (left: { name: string }, right: { name: string }): number => (left.name < right.name ? -1 : 1);
    expect(rows.sort(byName)).toEqual(inFiles.sort(byName));
  });

  test('its columns are those of the Prisma schema', async () => {
    const schema = path.join(apps, app, 'prisma', 'schema');
    const { stdout } = await runProgram(cli, ['draft', 'empty', schema]);
    const empty = await createEmptyDatabase();
    await query(empty.url, stdout);
    const columns = await columnsOf(empty.url);
    expect(columns).not.toHaveLength(0);
    expect(await columnsOf(database.url)).toEqual(columns);
    await empty.drop();
  });

  test('schema.sql is what `migrate dump` writes', async () => {
    expect(readFileSync(path.join(apps, app, 'prisma', 'schema.sql'), 'utf8')).toBe(await dumpSchema(database.url));
  });
});

describe("a function's text", () => {
  test('stands in no migration', () => {
    const migrations = migratedApps.flatMap((app) => sqlFiles(app, 'migrations'));
    expect(migrations.filter((file) => /\bCREATE\b[^;]*\bFUNCTION\b/i.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  test('stands in one file only', () => {
    const files = migratedApps.flatMap((app) => sqlFiles(app, 'functions'));
    const filesByBody = Map.groupBy(files, (file) => bodyOf(file).replaceAll(/--.*/g, '').replaceAll(/\s+/g, ' '));
    expect([...filesByBody.values()].filter((same) => same.length > 1)).toEqual([]);
  });
});
