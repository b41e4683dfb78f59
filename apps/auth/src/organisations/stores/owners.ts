import { z } from 'zod';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';

const owner = z.object({ name: z.string(), userId: z.string(), email: z.string() });

/** An organisation's name, and its active owners with the address that each is shown by; who has none is left out. */
export async function ownersOf(
  db: Db,
  organisationId: string,
): Promise<{ name: string; owners: readonly { userId: string; email: string }[] }> {
  const owners = await db.many(owner)`
    SELECT o.name, m.user_id AS "userId", i.email
      FROM organisation o JOIN membership m ON m.organisation_id = o.id JOIN account a ON a.user_id = m.user_id ${SHOWN_ADDRESS}
     WHERE o.id = ${organisationId}::uuid AND m.role = 'owner' AND m.status = 'active' AND a.status = 'active' AND i.email IS NOT NULL
     ORDER BY m.joined_at, m.id`;
  return { name: owners[0]?.name ?? '', owners };
}
