import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openClient } from '@turnpike/migrate';
import { costlyReads, startExplainingPostgres, type ExplainingPostgres } from '../src/plans.ts';

const BOUNDS = { smallTables: new Set(['small']), rowsMax: 100 };

let postgres: ExplainingPostgres;
let client: pg.Client;
beforeAll(async () => {
  postgres = await startExplainingPostgres();
  const owner = await openClient({ connectionString: postgres.url });
  await owner.query(`
    CREATE TABLE item (id integer PRIMARY KEY, owner integer, kind integer, note text);
    CREATE INDEX item_owner_idx ON item (owner, kind);
    INSERT INTO item SELECT n, n / 10, n % 10, repeat('x', 100) FROM generate_series(1, 20000) n;
    CREATE TABLE small AS SELECT 1 AS id;
    CREATE TABLE unfilled (id integer, owner integer);
    CREATE FUNCTION notes_like(p_note text) RETURNS bigint LANGUAGE plpgsql AS $$
      BEGIN RETURN (SELECT count(*) FROM item WHERE note LIKE p_note); END $$;
    ANALYZE`);
  await owner.end();
  await postgres.explain();
  client = await openClient({ connectionString: postgres.url, application_name: 'test' });
});
afterAll(async () => {
  await client.end();
  await postgres.dispose();
});

async function found(sql: string): Promise<string[]> {
  await postgres.ran();
  await client.query(sql);
  const ran = await postgres.ran();
  return ran
    .filter(({ application }) => application === 'test')
    .flatMap((statement) => costlyReads(statement, BOUNDS).map(({ why }) => why));
}

test.each([
  ['a lookup by the key', 'SELECT * FROM item WHERE id = 7'],
  ['one by an index, and its rows', 'SELECT * FROM item WHERE owner = 7'],
  ['a page of an order', 'SELECT * FROM item ORDER BY id DESC LIMIT 20'],
  ['all of a small table', 'SELECT * FROM small WHERE id > 0'],
])('%s is bounded', async (_what, sql) => {
  expect(await found(sql)).toEqual([]);
});

test.each([
  ['a condition without an index', "SELECT id FROM item WHERE note = 'y'", 'looks through all of item: no index helps'],
  ['the same in a function', "SELECT notes_like('y%')", 'looks through all of item: no index helps'],
  [
    'the same on a table that is empty yet',
    'SELECT * FROM unfilled WHERE owner = 7',
    'looks through all of unfilled: no index helps',
  ],
  ['a count of everything', 'SELECT count(*) FROM item', 'reads 20000 rows of item by '],
  [
    'an order that throws nearly all rows away',
    "SELECT * FROM item WHERE note = 'y' ORDER BY id LIMIT 1",
    'reads 20000 rows of item by item_pkey',
  ],
])('%s is found', async (_what, sql, why) => {
  expect(await found(sql)).toEqual([expect.stringContaining(why)]);
});

test('an index that is read from end to end for its second column is found', async () => {
  await client.query('SET enable_bitmapscan = off');
  const [why] = await found('SELECT id FROM item WHERE kind = 11');
  expect(why).toMatch(/^reads \d+ pages of item by item_owner_idx for 0 rows$/);
});
