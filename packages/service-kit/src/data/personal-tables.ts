import type { Query } from './sql.ts';

/** How one table's rows of a person are exported. `$1` is the person's id, or that of what they own. */
export interface ExportedTable {
  readonly table: string;
  /** Member of the export; `undefined` where the rows say nothing that another section does not. */
  readonly section: string | undefined;
  /** Rows as the person may read them: no secrets, no digests. */
  readonly exportSql: string | undefined;
}

/** How one table's rows of a person are exported and erased. */
export interface PersonalTable extends ExportedTable {
  /** Deletes or blanks the rows. */
  readonly eraseSql: string;
}

/** A person's rows of every table that has a section, by section. */
export async function exportTables(
  query: Query,
  tables: readonly ExportedTable[],
  id: string,
): Promise<Record<string, object[]>> {
  const sections: Record<string, object[]> = {};
  for (const { section, exportSql } of tables)
    if (section !== undefined && exportSql !== undefined) sections[section] = await query(exportSql, id);
  return sections;
}

/** Erases or blanks a person's rows in every table, in their order; returns how many, by table. Run it in a transaction. */
export async function eraseTables(
  query: Query,
  tables: readonly PersonalTable[],
  id: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { table, eraseSql } of tables)
    counts[table] = (await query(`${eraseSql} RETURNING 1 AS erased`, id)).length;
  return counts;
}
