import { exportTables } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import { PERSONAL_TABLES } from '../personal-data.ts';

/** A person's rows of every declared table of this service, by section. `user` is the one row there is, not a list. */
export async function exportOwnTables({ query }: Db, userId: string): Promise<Record<string, unknown>> {
  const { user = [], ...sections } = await exportTables(query, PERSONAL_TABLES, userId);
  return { user: user[0] ?? null, ...sections };
}
