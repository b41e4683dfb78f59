import type { Query } from '@turnpike/service-kit';
import { PERSONAL_TABLES } from '../../personal-data.ts';

/** Erases or blanks a person's rows in every declared table; returns how many, by table. Run it in a transaction. */
export async function erasePersonalData(query: Query, userId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { table, eraseSql } of PERSONAL_TABLES) {
    const rows = await query(`${eraseSql} RETURNING 1 AS erased`, userId);
    counts[table] = rows.length;
  }
  return counts;
}

/** A person's rows of every declared table, by section. */
export async function exportPersonalData(query: Query, userId: string): Promise<Record<string, object[]>> {
  const sections: Record<string, object[]> = {};
  for (const { section, exportSql } of PERSONAL_TABLES) {
    if (section !== undefined && exportSql !== undefined) sections[section] = await query(exportSql, userId);
  }
  return sections;
}
