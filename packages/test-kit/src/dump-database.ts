import { withClient } from '@turnpike/migrate';

/** The rows of a database as they were at one moment; its schema is that of the migrations. */
export interface DatabaseDump {
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly rows: readonly string[];
  }[];
  readonly sequences: readonly { readonly name: string; readonly value: string }[];
}

/** Rows that go into one statement. */
const ROWS_MAX = 1_000;

/**
 * What `pg_dump --data-only` takes, in a snapshot of its own as that does, while others write. The PostgreSQL that tests bring along comes
 * without that program. `url`: the database, with every right.
 */
export async function dumpDatabase(url: string): Promise<DatabaseDump> {
  return await withClient({ connectionString: url }, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows: found } = await client.query<{ name: string; columns: string[] }>(
      `SELECT relname AS name, array_agg(quote_ident(attname) ORDER BY attnum) AS columns
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations' GROUP BY relname`,
    );
    const tables: DatabaseDump['tables'][number][] = [];
    for (const { name, columns } of found) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM public."${name}" t`);
      tables.push({ name, columns, rows: rows.map(({ row }) => row) });
    }
    const { rows: sequences } = await client.query<{ name: string; value: string }>(
      `SELECT sequencename AS name, last_value AS value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL`,
    );
    await client.query('COMMIT');
    return { tables, sequences };
  });
}

/**
 * Puts a dump into a migrated database, as `pg_restore --data-only --disable-triggers` does: without a search path, so that a check or an
 * index that needs one fails here and not in an emergency.
 */
export async function restoreDatabase({ tables, sequences }: DatabaseDump, url: string): Promise<void> {
  await withClient({ connectionString: url }, async (client) => {
    await client.query("BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL search_path = ''");
    for (const { name, columns, rows } of tables) {
      await client.query(`DELETE FROM public."${name}"`);
      const fields = columns.map((column) => `(s.x).${column}`);
      for (let from = 0; from < rows.length; from += ROWS_MAX)
        await client.query(
          `INSERT INTO public."${name}" (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
           SELECT ${fields.join(', ')} FROM (SELECT r::public."${name}" AS x FROM unnest($1::text[]) r OFFSET 0) s`,
          [rows.slice(from, from + ROWS_MAX)],
        );
    }
    for (const { name, value } of sequences)
      await client.query('SELECT setval($1::regclass, $2)', [`public."${name}"`, value]);
    await client.query('COMMIT');
  });
}
