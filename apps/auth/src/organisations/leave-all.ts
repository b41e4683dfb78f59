import { AppError } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import { archiveOrganisation } from './archive.ts';
import { lockOwned, promoteSuccessor } from './stores/owned.ts';

/** Why a person leaves: of their own wish, which may be refused, or by an erasure that nothing stops. */
export type LeavingCause = 'own_account_deleted' | 'erased';

/**
 * What a closing account does to the organisations that it owns, in the transaction that closes it and after the account's lock. An organisation
 * with another active owner keeps it; one with nobody else is archived with the account. Where others remain without an owner, a person who
 * asks is refused (`tenant.last_owner`), and an erasure makes the highest and longest member the owner. Returns what ends by it.
 */
export async function leaveOwnedOrganisations(
  db: Db,
  userId: string,
  cause: LeavingCause,
): Promise<RecordedRevocation[]> {
  const revocations: RecordedRevocation[] = [];
  for (const { id, members, otherOwners } of await lockOwned(db, userId)) {
    if (otherOwners > 0) continue;
    if (members === 0) {
      const archived = await archiveOrganisation(db, id, {
        action: 'organisation.archive',
        userId: null,
        actor: 'system',
      });
      if (archived !== undefined) revocations.push(archived.revocation);
    } else if (cause === 'own_account_deleted')
      throw new AppError('tenant.last_owner', {
        detail: 'You are the only owner of an organisation with other members. Make another one owner, or archive it.',
      });
    else revocations.push(...(await promoteSuccessor(db, id, userId)));
  }
  return revocations;
}

/** Throws `tenant.last_owner` where a person is the only active owner of an organisation with other members. In a transaction that locked the account. */
export async function requireOtherOwners(db: Db, userId: string): Promise<void> {
  const owned = await lockOwned(db, userId);
  if (owned.every(({ members, otherOwners }) => otherOwners > 0 || members === 0)) return;
  throw new AppError('tenant.last_owner', {
    detail: 'This is the only active owner of an organisation with other members.',
  });
}
