import { exportTables } from '@turnpike/service-kit';
import { PERSONAL_TABLES } from '../personal-data.ts';
import type { Database } from './database.ts';

/** Reads what an owner may take along. */
export interface ExportStore {
  /** Rows of each declared table, by section; `undefined` without an account. The history is read page by page, see `AccountStore`. */
  sections(ownerId: string): Promise<Record<string, readonly object[]> | undefined>;
}

export function createExportStore({ prisma, sql }: Database): ExportStore {
  return {
    async sections(ownerId) {
      const account = await prisma.account.findUnique({
        where: { ownerType_ownerId: { ownerType: 'user', ownerId } },
        select: { id: true },
      });
      if (!account) return undefined;
      return exportTables(sql.query, PERSONAL_TABLES, account.id);
    },
  };
}
