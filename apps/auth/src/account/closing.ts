import { eraseTables, writeEvent } from '@turnpike/service-kit';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Database, Db } from '../database.ts';
import type { IdentityMemory } from '../identities/identity-memory.ts';
import { provenIdentities, rememberDigests } from '../identities/stores/lineages.ts';
import { leaveOwnedOrganisations, type LeavingCause } from '../organisations/leave-all.ts';
import { PERSONAL_TABLES } from '../personal-data.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import { stopAccount } from './stores/accounts.ts';

/** What closing needs. */
export interface Closing {
  readonly database: Database;
  readonly memory: IdentityMemory;
}

/** What closing did. */
export interface ClosedAccount {
  readonly revocations: readonly RecordedRevocation[];
  /** Rows erased or blanked, by table. */
  readonly erased: Readonly<Record<string, number>>;
}

/**
 * `DELETE /auth/me`: in one transaction the account closes, its sessions end, what auth holds of the person goes, and the event that
 * starts the erasure everywhere is written. A second call finds it closed and starts nothing. Throws `tenant.last_owner` where an organisation
 * with other members would be left without an owner.
 */
export async function closeAccount(tools: Closing, userId: string, receiptId: string): Promise<ClosedAccount> {
  const digests = await digestsOf(tools.database, tools.memory, userId);
  return tools.database.transaction((db) =>
    close(db, { userId, receiptId, digests, tellUsers: true, cause: 'own_account_deleted' }),
  );
}

/** The same in a transaction that is open already. */
export async function closeAccountIn(
  db: Db,
  memory: IdentityMemory,
  userId: string,
  receiptId: string,
): Promise<ClosedAccount> {
  return close(db, {
    userId,
    receiptId,
    digests: await digestsOf(db, memory, userId),
    tellUsers: true,
    cause: 'erased',
  });
}

/** A step of an erasure that the users service runs: the same, without starting another. Safe to repeat. */
export async function eraseAccount(tools: Closing, userId: string, receiptId: string): Promise<ClosedAccount> {
  const digests = await digestsOf(tools.database, tools.memory, userId);
  return tools.database.transaction((db) =>
    close(db, { userId, receiptId, digests, tellUsers: false, cause: 'erased' }),
  );
}

interface Request {
  readonly userId: string;
  readonly receiptId: string;
  /** What the person is recognised by when they come back. */
  readonly digests: readonly Buffer[];
  readonly tellUsers: boolean;
  readonly cause: LeavingCause;
}

async function close(db: Db, { userId, receiptId, digests, tellUsers, cause }: Request): Promise<ClosedAccount> {
  const ended = await stopAccount(db, userId, 'deleted');
  const revocations = [...ended, ...(await leaveOwnedOrganisations(db, userId, cause))];
  const lineageId = await rememberDigests(db, userId, digests);
  const erased = await eraseTables(db.query, PERSONAL_TABLES, userId);
  if (ended.length > 0) {
    await recordAuditEvent(db, {
      action: 'account.erased',
      userId: null,
      actor: 'system',
      detail: { receipt_id: receiptId },
    });
    if (tellUsers)
      await writeEvent(db.query, 'account.deletion_requested', {
        user_id: userId,
        receipt_id: receiptId,
        lineage_id: lineageId,
      });
  }
  return { revocations, erased };
}

async function digestsOf(db: Db, memory: IdentityMemory, userId: string): Promise<Buffer[]> {
  const identities = await provenIdentities(db, userId);
  return (await Promise.all(identities.map((identity) => memory.digestsOf(identity)))).flat();
}
