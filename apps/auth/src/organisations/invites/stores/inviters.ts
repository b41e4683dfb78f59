import { z } from 'zod';
import { role } from '@turnpike/contracts';
import type { Db } from '../../../database.ts';

const organisation = z.object({
  name: z.string(),
  slug: z.string(),
  status: z.enum(['active', 'suspended', 'archived']),
});

/** An organisation, locked: what counts or changes its members and invites happens one after another. */
export function lockOrganisation(db: Db, organisationId: string): Promise<z.output<typeof organisation> | undefined> {
  return db.maybeOne(organisation)`
    SELECT o.name, s.slug, o.status
      FROM organisation o JOIN organisation_slug s ON s.organisation_id = o.id AND s.free_at IS NULL
     WHERE o.id = ${organisationId}::uuid FOR NO KEY UPDATE OF o`;
}

const inviter = z.object({ role, name: z.string() });

/** An active member's role of now, with the name that others see (empty where none is known); `undefined` for anybody else. */
export function findInviter(
  db: Db,
  organisationId: string,
  userId: string,
): Promise<z.output<typeof inviter> | undefined> {
  return db.maybeOne(inviter)`
    SELECT m.role, concat_ws(' ', a.first_name, a.last_name) AS name
      FROM membership m JOIN account a ON a.user_id = m.user_id AND a.status = 'active'
     WHERE m.organisation_id = ${organisationId}::uuid AND m.user_id = ${userId}::uuid AND m.status = 'active'`;
}
