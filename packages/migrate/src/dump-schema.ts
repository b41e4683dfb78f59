import pg from 'pg';

/** What the migrator keeps for itself says nothing about a service. */
const OWN_TABLES = ['_prisma_migrations', '_turnpike_functions'];

/**
 * The schema of a migrated database as one text for readers, written from the catalogue: types, tables, constraints,
 * indexes, triggers, grants, and the signature of each function. It is no script: migrations make a database.
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'turnpike-migrate' });
  await client.connect();
  try {
    // Without `public.` before every name.
    await client.query(`SET search_path = public, pg_catalog`);
    const types = await texts(client, TYPES);
    const tables = await texts(client, TABLES, [OWN_TABLES]);
    const functions = await texts(client, FUNCTIONS);
    const header =
      '-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.';
    return `${[header, ...types, ...tables, functions.join('\n')].filter(Boolean).join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}

async function texts(client: pg.Client, sql: string, params: unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(sql, params);
  return rows.map(({ text }) => text);
}

const TYPES = `
  SELECT format(E'CREATE TYPE %I AS (\\n%s\\n);', t.typname,
    (SELECT string_agg(format('  %I %s', a.attname, format_type(a.atttypid, a.atttypmod)), E',\\n' ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)) AS text
    FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
   WHERE t.typnamespace = 'public'::regnamespace ORDER BY t.typname`;

const TABLES = `
  SELECT concat_ws(E'\\n',
    format(E'CREATE TABLE %I (\\n%s\\n)%s%s;', c.relname,
      (SELECT string_agg('  ' || line, E',\\n' ORDER BY part, place, line) FROM (
         SELECT 1 AS part, a.attnum::int AS place, concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, true)) AS line
           FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         UNION ALL
         SELECT 2, 0, format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid, true))
           FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')) lines),
      ' PARTITION BY ' || pg_get_partkeydef(c.oid), ' WITH (' || array_to_string(c.reloptions, ', ') || ')'),
    (SELECT string_agg(pg_get_indexdef(i.indexrelid, 0, true) || ';', E'\\n' ORDER BY x.relname)
       FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
      WHERE i.indrelid = c.oid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)),
    (SELECT string_agg(pg_get_triggerdef(t.oid, true) || ';', E'\\n' ORDER BY t.tgname)
       FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
    (SELECT string_agg(format('GRANT %s ON %I TO %I;', privileges, c.relname, grantee), E'\\n' ORDER BY grantee) FROM (
       SELECT g.rolname AS grantee, string_agg(p.privilege_type, ', ' ORDER BY p.privilege_type) AS privileges
         FROM aclexplode(c.relacl) p JOIN pg_roles g ON g.oid = p.grantee
        WHERE p.grantee <> c.relowner GROUP BY g.rolname) granted),
    (SELECT string_agg(format('GRANT %s (%s) ON %I TO %I;', privilege, columns, c.relname, grantee), E'\\n' ORDER BY grantee, privilege) FROM (
       SELECT g.rolname AS grantee, p.privilege_type AS privilege, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
         FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) p JOIN pg_roles g ON g.oid = p.grantee
        WHERE a.attrelid = c.oid AND p.grantee <> c.relowner GROUP BY 1, 2) granted)) AS text
    FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
   ORDER BY c.relname`;

const FUNCTIONS = `
  SELECT format('-- FUNCTION %I(%s) RETURNS %s', p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid)) AS text
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname, 1`;
