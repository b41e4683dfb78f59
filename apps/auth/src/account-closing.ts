import { writeEvent, type Query, type SqlDatabase } from '@turnpike/service-kit';
import type { RecordedRevocation } from './domain/revocation.ts';
import { stopAccount } from './stores/accounts.ts';
import { recordAct } from './stores/audit.ts';
import { erasePersonalData } from './stores/personal-data.ts';

/** What closing did. */
export interface ClosedAccount {
  readonly revocations: readonly RecordedRevocation[];
  /** Rows erased or blanked, by table. */
  readonly erased: Readonly<Record<string, number>>;
}

/**
 * `DELETE /auth/me`: in one transaction the account closes, its sessions end, what auth holds of the person goes, and the event that
 * starts the erasure everywhere is written. A second call finds it closed and starts nothing.
 */
export function closeAccount(database: SqlDatabase, userId: string, receiptId: string): Promise<ClosedAccount> {
  return database.transaction((query) => closeAccountIn(query, userId, receiptId));
}

/** The same in a transaction that is open already. */
export async function closeAccountIn(query: Query, userId: string, receiptId: string): Promise<ClosedAccount> {
  const closed = await close(query, userId, receiptId);
  if (closed.revocations.length > 0) {
    await writeEvent(query, 'account.deletion_requested', { user_id: userId, receipt_id: receiptId });
  }
  return closed;
}

/** A step of an erasure that the users service runs: the same, without starting another. Safe to repeat. */
export function eraseAccount(database: SqlDatabase, userId: string, receiptId: string): Promise<ClosedAccount> {
  return database.transaction((query) => close(query, userId, receiptId));
}

async function close(query: Query, userId: string, receiptId: string): Promise<ClosedAccount> {
  const revocations = await stopAccount(query, userId, 'deleted');
  const erased = await erasePersonalData(query, userId);
  if (revocations.length > 0) {
    await recordAct(query, {
      action: 'account.erased',
      userId: null,
      actor: 'system',
      detail: { receipt_id: receiptId },
    });
  }
  return { revocations, erased };
}
