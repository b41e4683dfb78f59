import type { Query } from '@turnpike/service-kit';
import { PERSONAL_TABLES } from '../personal-data.ts';

/** A person's rows of every declared table of this service, by section. `user` is the one row there is, not a list. */
export async function exportOwnTables(query: Query, userId: string): Promise<Record<string, unknown>> {
  const sections: Record<string, unknown> = {};
  for (const { section, exportSql } of PERSONAL_TABLES) {
    const rows = await query(exportSql, userId);
    sections[section] = section === 'user' ? (rows[0] ?? null) : rows;
  }
  return sections;
}
