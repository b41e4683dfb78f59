import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

const owned = z.object({ id: z.string(), members: z.number(), otherOwners: z.number() });

/** An organisation that a person owns: how many others belong to it, and how many of them are owners who can act. */
export type OwnedOrganisation = Readonly<z.output<typeof owned>>;

/** Locks the organisations that a person is an owner of, in the order of their ids, and counts who else is there. */
export async function lockOwned(db: Db, userId: string): Promise<OwnedOrganisation[]> {
  await db.many(z.object({ id: z.string() }))`
    SELECT o.id FROM organisation o JOIN membership m ON m.organisation_id = o.id
     WHERE m.user_id = ${userId}::uuid AND m.role = 'owner' AND o.status <> 'archived' ORDER BY o.id FOR NO KEY UPDATE OF o`;
  // Read after the locks, so that what others changed until then is counted.
  return db.many(owned)`
    SELECT o.id, count(a.user_id)::int AS members, count(a.user_id) FILTER (WHERE x.role = 'owner' AND a.status = 'active')::int AS "otherOwners"
      FROM organisation o
      JOIN membership m ON m.organisation_id = o.id AND m.user_id = ${userId}::uuid AND m.role = 'owner'
      LEFT JOIN membership x ON x.organisation_id = o.id AND x.user_id <> m.user_id AND x.status = 'active'
      LEFT JOIN account a ON a.user_id = x.user_id AND a.status <> 'deleted'
     WHERE o.status <> 'archived' GROUP BY o.id ORDER BY o.id`;
}

/** Makes the highest of the other members who can act, and of those the one who joined first, an owner; where nobody can, of those who are disabled. */
export async function promoteSuccessor(
  db: Db,
  organisationId: string,
  leavingUserId: string,
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    WITH successor AS (
      UPDATE membership SET role = 'owner', updated_at = clock_timestamp() WHERE id = (
        SELECT m.id FROM membership m JOIN account a ON a.user_id = m.user_id
         WHERE m.organisation_id = ${organisationId}::uuid AND m.user_id <> ${leavingUserId}::uuid AND m.status = 'active' AND a.status <> 'deleted'
         ORDER BY a.status = 'active' DESC, array_position(ARRAY['owner', 'admin', 'member', 'viewer'], m.role), m.joined_at, m.id LIMIT 1)
      RETURNING id, user_id
    ), audited AS (
      INSERT INTO audit_event (action, actor, user_id, organisation_id)
      SELECT 'organisation.owner_inherited', 'system', successor.user_id, ${organisationId}::uuid FROM successor
    )
    INSERT INTO revocation (kind, target_id) SELECT 'membership', successor.id FROM successor
    RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at`;
}
