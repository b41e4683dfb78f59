import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { openClient } from './client.ts';

/** One file under `prisma/functions/<topic>/`, named for the SQL function it holds. */
interface FunctionFile {
  /** Name of the function, which is the file's without `.sql`. */
  readonly name: string;
  /** Path relative to the functions folder: `<topic>/<name>.sql`. */
  readonly file: string;
  /** One `CREATE OR REPLACE FUNCTION`, and the triggers that call it. */
  readonly sql: string;
}

/** The files of a functions folder, in the order of their paths; none where the folder is missing. Throws for two files of one name. */
async function readFunctions(folder: string): Promise<FunctionFile[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true });
  const files = entries.filter((entry) => entry.endsWith('.sql')).sort();
  const names = new Map<string, string>();
  for (const file of files) {
    const name = path.basename(file, '.sql');
    const other = names.get(name);
    if (other !== undefined) throw new Error(`${file} and ${other} are both named for the function ${name}`);
    names.set(name, file);
  }
  return await Promise.all(
    files.map(async (file) => ({
      name: path.basename(file, '.sql'),
      file,
      sql: await readFile(path.join(folder, file), 'utf8'),
    })),
  );
}

/**
 * Brings the database's functions to the text of their files, all in one transaction. A file that the database has is left alone, so that
 * migrating again neither waits for running statements, as replacing a trigger does, nor discards plans.
 *
 * @returns whether anything was written
 */
export async function applyFunctions(databaseUrl: string, folder: string): Promise<boolean> {
  const functions = await readFunctions(folder);
  if (functions.length === 0) return false;
  const client = await openClient({ connectionString: databaseUrl, application_name: 'turnpike-migrate' });
  try {
    await dropFormerRecord(client);
    await client.query(`CREATE TABLE IF NOT EXISTS _turnpike_functions (
      file text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const { rows } = await client.query<{ file: string; digest: string }>(
      'SELECT file, digest FROM _turnpike_functions',
    );
    const known = new Map(rows.map(({ file, digest }) => [file, digest]));
    const changed = functions.filter((each) => known.get(each.file) !== digestOf(each));
    if (changed.length === 0) return false;
    await client.query('BEGIN');
    // Functions call each other, so a body may name one that comes later; bodies are checked once all are there.
    await client.query('SET LOCAL check_function_bodies = off');
    await forEachFile(changed, async ({ sql }) => await client.query(sql));
    await client.query('SET LOCAL check_function_bodies = on');
    await forEachFile(functions, async (each) => await checkBody(client, each));
    for (const each of changed)
      await client.query(
        `INSERT INTO _turnpike_functions (file, digest) VALUES ($1, $2)
         ON CONFLICT (file) DO UPDATE SET digest = excluded.digest, applied_at = excluded.applied_at`,
        [each.file, digestOf(each)],
      );
    await client.query('COMMIT');
    return true;
  } finally {
    // An open transaction ends with its session.
    await client.end();
  }
}

/** Up to November 2026 the record was one digest of all files. Nobody but us reads it, and without it all files are applied. */
async function dropFormerRecord(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_attribute WHERE attrelid = to_regclass('public._turnpike_functions') AND attname = 'singleton' AND NOT attisdropped`,
  );
  if (rowCount !== 0) await client.query('DROP TABLE _turnpike_functions');
}

/** What `CREATE FUNCTION` would have checked: a mistake in a body fails here rather than at the first call. */
async function checkBody(client: pg.Client, { name }: FunctionFile): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT CASE l.lanname WHEN 'sql' THEN fmgr_sql_validator(p.oid) ELSE plpgsql_validator(p.oid) END
       FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
      WHERE p.pronamespace = 'public'::regnamespace AND p.proname = $1 AND l.lanname IN ('sql', 'plpgsql')`,
    [name],
  );
  if (rowCount === 0) throw new Error(`it does not make the function ${name}`);
}

/** A failure names the file at which it happened. */
async function forEachFile(
  functions: readonly FunctionFile[],
  run: (each: FunctionFile) => Promise<unknown>,
): Promise<void> {
  for (const each of functions) {
    try {
      await run(each);
    } catch (cause) {
      throw new Error(`functions/${each.file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

function digestOf({ sql }: FunctionFile): string {
  return createHash('sha256').update(sql).digest('hex');
}
