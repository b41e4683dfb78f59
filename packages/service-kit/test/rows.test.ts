import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { z } from 'zod';
import { createEmptyDatabase } from '@turnpike/test-kit';
import { column, rowsOf } from '../src/index.ts';
import { openPool } from './database.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createEmptyDatabase();
  pool = openPool(database.url);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const client = {
  $queryRaw: async <T>(statement: TemplateStringsArray, ...values: unknown[]): Promise<T> => {
    const text = statement.reduce((before, after, index) => `${before}$${index}${after}`);
    return (await pool.query(text, values)).rows as T;
  },
};
const checked = rowsOf(client, { checkRows: true });
const unchecked = rowsOf(client, { checkRows: false });

const numbered = z.object({ n: z.number(), name: z.string().nullable(), at: z.date(), key: column.bytes });

test('rows are what the statement returns, and values travel as parameters', async () => {
  const name = "'; DROP TABLE x; --";
  const key = Buffer.from([1, 2]);
  const row = await checked.one(
    numbered,
  )`SELECT ${1}::int AS n, ${name}::text AS name, now() AS at, ${key}::bytea AS key`;
  expect(row).toEqual({ n: 1, name, at: expect.any(Date), key });
  expect(await checked.many(z.object({ n: z.number() }))`SELECT n FROM generate_series(1, ${3}::int) n`).toEqual([
    { n: 1 },
    { n: 2 },
    { n: 3 },
  ]);
});

test('none, one and several are told apart', async () => {
  const row = z.object({ n: z.number() });
  const first = (count: number, rows: typeof checked) =>
    rows.maybeOne(row)`SELECT n FROM generate_series(1, ${count}::int) n`;
  expect(await first(0, checked)).toBeUndefined();
  expect(await first(1, checked)).toEqual({ n: 1 });
  await expect(first(2, checked)).rejects.toThrow('2 rows instead of one');
  await expect(first(2, unchecked)).rejects.toThrow('2 rows instead of one');
  await expect(checked.one(row)`SELECT 1 AS n WHERE false`).rejects.toThrow('no row: SELECT 1 AS n');
});

test('a row that its schema refuses is an error that names the columns and holds no values', async () => {
  const row = z.object({ state: z.enum(['open', 'done']), n: z.number() });
  const error = await checked.one(row)`SELECT 'secret' AS state, NULL AS n`.then(String, String);
  expect(error).toMatch(/schema refuses \(state: .*; n: .*\): SELECT 'secret' AS state/);
  expect(error).toContain('"open"|"done"');
  expect(await unchecked.one(row)`SELECT 'secret' AS state, NULL AS n`).toEqual({ state: 'secret', n: null });
});
