import { z } from 'zod';
import type { Db } from '../../database.ts';

/** Whether a person is an admin of an active organisation, which stays so until the transaction ends: the function `organisation_has_admin`. */
export async function hasAdmin(db: Db, organisationId: string, userId: string): Promise<boolean> {
  const { found } = await db.one(z.object({ found: z.boolean() }))`
    SELECT organisation_has_admin(${organisationId}::uuid, ${userId}::uuid) AS found`;
  return found;
}
