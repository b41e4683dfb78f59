import type { Database } from '../database.ts';
import { requireOtherOwners } from '../organisations/leave-all.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import { stopAccount } from './stores/accounts.ts';

/**
 * Disables an account as somebody has decided, whatever users says of it yet. Throws `tenant.last_owner`, changing nothing, where an organisation
 * with other members would be left without an active owner.
 */
export function disableOwnersAccount(database: Database, userId: string): Promise<RecordedRevocation[]> {
  return database.transaction(async (db) => {
    const ended = await stopAccount(db, userId, 'disabled');
    await requireOtherOwners(db, userId);
    return ended;
  });
}
