import type pg from 'pg';
import { USERS } from './people.ts';

/** Rows of a table, one per user `i` that meets `where`. Columns that must have a value and are not given get one that suits their type. */
export interface Fill {
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly where?: string;
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** `table(column)` that a foreign key of this column alone refers to. */
  readonly refers_to: { readonly table: string; readonly column: string } | null;
}

/** Values by type, unlike for each user where they can be. `%` is the column's name. */
const BY_TYPE: Readonly<Record<string, string>> = {
  uuid: "overlay(overlay(md5('% ' || i) PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid",
  text: "'% ' || i",
  bytea: "sha256(('% ' || i)::bytea)",
  'timestamp with time zone': "now() + interval '1 hour'",
  boolean: 'false',
  smallint: '1',
  integer: '1',
  bigint: '1',
  jsonb: "'{}'",
};

/** Inserts the rows for users `from` to `to`, the last exclusive. */
export async function fill(
  client: pg.Client,
  { table, columns, where = 'true' }: Fill,
  from: number,
  to: number,
): Promise<void> {
  const missing = (await demandedColumns(client, table)).filter(({ name }) => columns[name] === undefined);
  const all = { ...Object.fromEntries(missing.map((column) => [column.name, valueOf(column)])), ...columns };
  const names = Object.keys(all).map((name) => `"${name}"`);
  await client.query(
    `INSERT INTO "${table}" (${names.join(', ')}) SELECT ${Object.values(all).join(', ')} FROM ${USERS} WHERE ${where}`,
    [from, to],
  );
}

/** Tables without a row. */
export async function emptyTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname",
  );
  const empty: string[] = [];
  for (const { name } of rows)
    if ((await client.query(`SELECT FROM "${name}" LIMIT 1`)).rowCount === 0) empty.push(name);
  return empty;
}

/** Fills tables that nobody has described, as far as foreign keys and checks let it: so a table that is new has rows as well. */
export async function fillOthers(
  client: pg.Client,
  tables: readonly string[],
  from: number,
  to: number,
): Promise<void> {
  let left = tables;
  // Those that refer to others come after them.
  for (let before = -1; left.length !== before;) {
    before = left.length;
    const failed: string[] = [];
    for (const table of left) if (!(await tryToFill(client, table, from, to))) failed.push(table);
    left = failed;
  }
}

async function tryToFill(client: pg.Client, table: string, from: number, to: number): Promise<boolean> {
  await client.query('SAVEPOINT filling');
  try {
    await fill(client, { table, columns: {} }, from, to);
    await client.query('RELEASE SAVEPOINT filling');
    return true;
  } catch {
    await client.query('ROLLBACK TO SAVEPOINT filling');
    return false;
  }
}

async function demandedColumns(client: pg.Client, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type,
            (SELECT jsonb_build_object('table', c.confrelid::regclass::text, 'column', r.attname)
               FROM pg_constraint c JOIN pg_attribute r ON r.attrelid = c.confrelid AND r.attnum = c.confkey[1]
              WHERE c.conrelid = a.attrelid AND c.contype = 'f' AND c.conkey = ARRAY[a.attnum] LIMIT 1) AS refers_to
       FROM pg_attribute a
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef
        AND a.attidentity = '' ORDER BY a.attnum`,
    [`"${table}"`],
  );
  return rows;
}

function valueOf({ name, type, refers_to: reference }: Column): string {
  if (reference !== null)
    return `(ARRAY(SELECT r."${reference.column}" FROM ${reference.table} r ORDER BY 1 OFFSET $1::bigint LIMIT $2::bigint - $1::bigint))[i - $1::bigint + 1]`;
  if (type.endsWith('[]')) return "'{}'";
  return (BY_TYPE[type] ?? 'NULL').replace('%', name);
}
