import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { createEmptyDatabase, runProgram } from '../../test-kit/src/index.ts';
import { withClient } from '../src/client.ts';

const applyScript = fileURLToPath(new URL('./fixtures/apply.ts', import.meta.url));

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let folder = '';

beforeEach(async () => {
  database = await createEmptyDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-migrations-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function write(name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, name, 'migration.sql'), sql);
}

/** Returns the names of what was applied; throws with what the process said. */
async function apply(): Promise<string[]> {
  const { code, stdout, stderr } = await runProgram(applyScript, [database.url, folder]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

async function query(sql: string): Promise<unknown[]> {
  return (await withClient({ connectionString: database.url }, (client) => client.query<Record<string, unknown>>(sql)))
    .rows;
}

/** Prisma's adapter cuts scripts at semicolons; a function's body is full of them. */
const withFunction = `
CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0));
CREATE FUNCTION spend(amount int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  UPDATE account SET balance = balance - amount; -- a comment; with a semicolon
  RETURN amount;
END;
$$;
INSERT INTO account VALUES (1, 5);
`;

describe('applyMigrations', () => {
  test('applies what is new, in the order of the names, functions included', async () => {
    await write('20260101000000_first', withFunction);
    await write('20260102000000_second', 'SELECT spend(2);');
    expect(await apply()).toEqual(['20260101000000_first', '20260102000000_second']);
    expect(await query('SELECT balance FROM account')).toEqual([{ balance: 3 }]);

    expect(await apply()).toEqual([]);
    await write('20260103000000_third', 'SELECT spend(1);');
    expect(await apply()).toEqual(['20260103000000_third']);
    expect(await query('SELECT balance FROM account')).toEqual([{ balance: 2 }]);
  });

  test("keeps the books in Prisma's own table, as `prisma migrate deploy` does", async () => {
    await write('20260101000000_first', withFunction);
    await apply();
    expect(await query('SELECT migration_name, checksum, rolled_back_at FROM _prisma_migrations')).toEqual([
      {
        migration_name: '20260101000000_first',
        checksum: createHash('sha256').update(withFunction).digest('hex'),
        rolled_back_at: null,
      },
    ]);
  });

  test('a migration that fails leaves nothing of itself behind, and says where it failed', async () => {
    await write('20260101000000_broken', 'CREATE TABLE half (id int);\nCREATE TABLE half (id int);\n');
    await expect(apply()).rejects.toThrow('relation "half" already exists');
    expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);

    await rm(path.join(folder, '20260101000000_broken'), { recursive: true });
    await query('DELETE FROM _prisma_migrations');
    await write('20260101000000_typo', 'SELECT 1;\nSELECT 2;\nCREATE TABEL x (id int);\n');
    await expect(apply()).rejects.toThrow('(line 3)');
  });
});
