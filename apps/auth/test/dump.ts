import type { Query } from '@turnpike/service-kit';

/** Every row of every table as text, the way a stolen dump would show it (bytes as hexadecimal). */
export async function dumpDatabase(query: Query): Promise<string> {
  const tables = await query<{ name: string }>(
    "SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')",
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    // The migrator's own tables belong to whoever migrated and are closed to the service.
    if (name === '_prisma_migrations' || name === '_turnpike_functions') continue;
    const rows = await query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
    parts.push(name, ...rows.map(({ row }) => row));
  }
  return parts.join('\n');
}
