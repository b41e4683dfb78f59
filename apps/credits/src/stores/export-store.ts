import { exportTables } from '@turnpike/service-kit';
import type { Owner } from '../domain/owner.ts';
import { PERSONAL_TABLES } from '../personal-data.ts';
import type { Database } from './database.ts';

/** Reads what an owner may take along. */
export interface ExportStore {
  /** Rows of each declared table, by section; `undefined` without an account. The history is read page by page, see `AccountStore`. */
  sections(owner: Owner): Promise<Record<string, readonly object[]> | undefined>;
}

export function createExportStore(db: Database): ExportStore {
  return {
    async sections({ type, id }) {
      const account = await db.prisma.account.findUnique({
        where: { ownerType_ownerId: { ownerType: type, ownerId: id } },
        select: { id: true },
      });
      if (!account) return undefined;
      return exportTables(db.query, PERSONAL_TABLES, account.id);
    },
  };
}
