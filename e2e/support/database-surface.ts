import { withClient } from '@turnpike/test-kit';

/*
 * What programs that were written against a database may count on there, as sentences. A later release keeps it while every sentence of before
 * is still true, and nothing else refuses what their statements say.
 */

/** A database as its service's programs see it. */
export interface Surface {
  /** What they find: columns, functions, rights, values, unique keys. */
  readonly finds: readonly string[];
  /** What refuses a row of a table that they know, by what it looks at. */
  readonly refusals: readonly Refusal[];
  /** `table.column` of every table. */
  readonly columns: readonly string[];
}

interface Refusal {
  readonly name: string;
  /** `table.column` of all that it looks at. */
  readonly columns: readonly string[];
}

type Query = <Row extends object>(sql: string) => Promise<Row[]>;

const TABLES = `pg_class.relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition
  AND relname NOT IN ('_prisma_migrations', '_turnpike_functions')`;
const COLUMNS = `pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE ${TABLES} AND attnum > 0 AND NOT attisdropped`;
const ROLE = `current_database() || '_service'`;
const LEFT_OUT = `coalesce(pg_get_expr(adbin, adrelid), CASE WHEN attidentity <> '' THEN 'a number' WHEN NOT attnotnull THEN 'null' END)`;

/** Sentences, each by the query that says them. */
const FINDS: readonly string[] = [
  `SELECT format('%s.%s is %s', relname, attname, format_type(atttypid, atttypmod)) FROM ${COLUMNS}`,
  `SELECT format('%s.%s is never null', relname, attname) FROM ${COLUMNS} AND attnotnull`,
  `SELECT format('%s.%s may be null', relname, attname) FROM ${COLUMNS} AND NOT attnotnull`,
  `SELECT format('%s.%s, left out, is %s', relname, attname, ${LEFT_OUT}) FROM ${COLUMNS} AND ${LEFT_OUT} IS NOT NULL`,
  `SELECT format('%s(%s) returns %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid))
     FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
  `SELECT format('%s is one of %s', enumlabel, enumtypid::regtype) FROM pg_enum`,
  // A row is given to a function by position.
  `SELECT format('%s is a row of %s', typname, string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum))
     FROM pg_type JOIN pg_class ON pg_class.oid = typrelid AND relkind = 'c' JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE typnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped GROUP BY typname`,
  // "ON CONFLICT" needs the very key, and a refusal is told by its name.
  `SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE ${TABLES} AND indisunique`,
  `SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE ${TABLES} AND NOT tgisinternal`,
  `SELECT 'the service may use the schema' WHERE has_schema_privilege(${ROLE}, 'public', 'USAGE')`,
  ...['SELECT', 'INSERT', 'UPDATE'].map(
    (act) => `SELECT format('the service may ${act} %s.%s', relname, attname) FROM ${COLUMNS}
                 AND has_column_privilege(${ROLE}, attrelid, attnum, '${act}')`,
  ),
  `SELECT format('the service may DELETE %s', relname) FROM pg_class WHERE ${TABLES} AND has_table_privilege(${ROLE}, oid, 'DELETE')`,
  `SELECT format('the service may call %s', oid::regprocedure) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(${ROLE}, oid, 'EXECUTE')`,
];

const REFUSALS = `
  SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(pg_constraint.oid)) AS name,
         array(SELECT format('%s.%s', relname, attname) FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) AS columns
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE ${TABLES} AND contype IN ('c', 'f', 'x')
  UNION ALL
  SELECT pg_get_indexdef(indexrelid), array(SELECT format('%s.%s', relname, attname) FROM pg_attribute
           WHERE attrelid = indrelid AND (attnum = ANY (indkey::int2[]) OR 0 = ANY (indkey::int2[])))
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE ${TABLES} AND indisunique`;

/** Reads it on an open connection, so that it can be read within a transaction. */
export async function surfaceOf(query: Query): Promise<Surface> {
  const finds: string[] = [];
  for (const sql of FINDS) {
    finds.push(...(await query<{ it: string }>(`SELECT it FROM (${sql}) AS said(it) ORDER BY it`)).map(({ it }) => it));
  }
  const columns = await query<{ it: string }>(`SELECT format('%s.%s', relname, attname) AS it FROM ${COLUMNS}`);
  return { finds, refusals: await query<Refusal>(REFUSALS), columns: columns.map(({ it }) => it) };
}

/** Reads it at the database that `url` names. */
export async function surfaceAt(url: string): Promise<Surface> {
  return await withClient({ connectionString: url }, async (client) => {
    return await surfaceOf(async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows);
  });
}

/** What programs that know `before` would miss, or run into, with `now`; nothing, if they go on working. */
export function brokenBy(before: Surface, now: Surface): string[] {
  const known = new Set(before.columns);
  const tables = new Set(before.columns.map(tableOf));
  const optional = new Set(now.finds.filter((it) => it.includes(', left out, is ')).map((it) => it.split(',')[0]));
  return [
    ...before.finds.filter((it) => !now.finds.includes(it)).map((it) => `no longer: ${it}`),
    ...now.columns
      .filter((column) => tables.has(tableOf(column)) && !known.has(column) && !optional.has(column))
      .map((column) => `demanded: ${column}`),
    // What looks at a new column only is met by what that holds when it is left out.
    ...now.refusals
      .filter(
        ({ name, columns }) =>
          columns.some((column) => known.has(column)) && !before.refusals.some((old) => allowsAsMuch(name, old.name)),
      )
      .map(({ name }) => `refused: ${name}`),
  ];
}

/** Whether a refusal is one of before, or the same of more values: `x = ANY (ARRAY['a'])` and later `x = ANY (ARRAY['a', 'b'])`. */
function allowsAsMuch(now: string, before: string): boolean {
  if (now === before) return true;
  const [old, later] = [before, now].map((text) => /^([^[]*ARRAY\[)([^[\]]*)(\][^[]*)$/.exec(text));
  if (!old || !later || old[1] !== later[1] || old[3] !== later[3]) return false;
  const values = later[2]?.split(', ');
  return old[2]?.split(', ').every((value) => values?.includes(value)) === true;
}

const tableOf = (column: string): string => column.split('.')[0] ?? '';
