import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { createEmptyDatabase } from '../../test-kit/src/index.ts';
import { withClient } from '../src/client.ts';
import { dumpSchema } from '../src/dump-schema.ts';
import { applyFunctions } from '../src/functions.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let folder = '';

beforeEach(async () => {
  database = await createEmptyDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-functions-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function write(file: string, sql: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), sql);
}

async function query(sql: string): Promise<unknown[]> {
  return (await withClient({ connectionString: database.url }, (client) => client.query<Record<string, unknown>>(sql)))
    .rows;
}

const returning = (name: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION ${name}() RETURNS int LANGUAGE sql AS $$ SELECT ${body} $$;\n`;

describe('applyFunctions', () => {
  test('applies every file, though one calls another that comes later', async () => {
    await write('a/first.sql', returning('first', 'second() + 1'));
    await write('b/second.sql', returning('second', '1'));
    expect(await applyFunctions(database.url, folder)).toBe(true);
    expect(await query('SELECT first() AS value')).toEqual([{ value: 2 }]);
  });

  test('writes nothing where the database has them, and brings it to a changed text', async () => {
    await write('a/first.sql', returning('first', '1'));
    await applyFunctions(database.url, folder);
    expect(await applyFunctions(database.url, folder)).toBe(false);
    await write('a/first.sql', returning('first', '5'));
    expect(await applyFunctions(database.url, folder)).toBe(true);
    expect(await query('SELECT first() AS value')).toEqual([{ value: 5 }]);
  });

  test('leaves alone what has not changed', async () => {
    const written = () => query("SELECT xmin FROM pg_proc WHERE proname = 'first'");
    await write('a/first.sql', returning('first', '1'));
    await applyFunctions(database.url, folder);
    const before = await written();
    await write('b/second.sql', returning('second', '2'));
    expect(await applyFunctions(database.url, folder)).toBe(true);
    expect(await written()).toEqual(before);
  });

  test('one broken file leaves all as they were, and is named', async () => {
    await write('a/first.sql', returning('first', '1'));
    await applyFunctions(database.url, folder);
    await write('a/first.sql', returning('first', '2'));
    await write(
      'b/second.sql',
      'CREATE OR REPLACE FUNCTION second() RETURNS no_such_type LANGUAGE sql AS $$ SELECT 1 $$;',
    );
    await expect(applyFunctions(database.url, folder)).rejects.toThrow(
      'functions/b/second.sql: type "no_such_type" does not exist',
    );
    expect(await query('SELECT first() AS value')).toEqual([{ value: 1 }]);
  });

  test('a mistake in a body is found before anything is called', async () => {
    await write('a/first.sql', returning('first', 'third()'));
    await expect(applyFunctions(database.url, folder)).rejects.toThrow(
      'functions/a/first.sql: function third() does not exist',
    );
    await write(
      'a/first.sql',
      'CREATE OR REPLACE FUNCTION first() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETUR 1; END $$;',
    );
    await expect(applyFunctions(database.url, folder)).rejects.toThrow('functions/a/first.sql: syntax error');
    await write('a/first.sql', returning('another', '1'));
    await expect(applyFunctions(database.url, folder)).rejects.toThrow('it does not make the function first');
  });

  test('two files of one name are refused', async () => {
    await write('a/first.sql', returning('first', '1'));
    await write('b/first.sql', returning('first', '2'));
    await expect(applyFunctions(database.url, folder)).rejects.toThrow('both named for the function first');
  });

  test('an app without functions has nothing to apply', async () => {
    expect(await applyFunctions(database.url, path.join(folder, 'missing'))).toBe(false);
  });
});

test('dumpSchema tells of types, tables, constraints, indexes, triggers and functions', async () => {
  await query(`
    CREATE TYPE item AS (ord int, amount bigint);
    CREATE TABLE owner (id uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY, scope text COLLATE "C", name text NOT NULL DEFAULT 'x' CHECK (length(name) > 0)) WITH (fillfactor = 80);
    CREATE INDEX owner_name_idx ON owner (lower(name)) WHERE name <> 'x';
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER owner_refuse BEFORE DELETE ON owner FOR EACH ROW EXECUTE FUNCTION refuse();`);
  expect((await dumpSchema(database.url)).split('\n').slice(2)).toEqual([
    'CREATE TYPE item AS (',
    '  ord integer,',
    '  amount bigint',
    ');',
    '',
    'CREATE TABLE owner (',
    '  id uuid NOT NULL,',
    '  number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,',
    '  scope text COLLATE "C",',
    "  name text NOT NULL DEFAULT 'x'::text,",
    '  CONSTRAINT owner_name_check CHECK (length(name) > 0),',
    '  CONSTRAINT owner_pkey PRIMARY KEY (id)',
    ') WITH (fillfactor=80);',
    "CREATE INDEX owner_name_idx ON owner USING btree (lower(name)) WHERE name <> 'x'::text;",
    'CREATE TRIGGER owner_refuse BEFORE DELETE ON owner FOR EACH ROW EXECUTE FUNCTION refuse();',
    '',
    '-- FUNCTION refuse() RETURNS trigger',
    '',
  ]);
});
