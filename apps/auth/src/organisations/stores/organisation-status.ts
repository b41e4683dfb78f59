import { z } from 'zod';
import { organisationStatus, type OrganisationStatus } from '@turnpike/contracts';
import type { Db } from '../../database.ts';

/** Whether an organisation is active; `undefined` where there is none. */
export async function organisationStatusOf(db: Db, id: string): Promise<OrganisationStatus | undefined> {
  const row = await db.maybeOne(z.object({ status: organisationStatus }))`
    SELECT status FROM organisation WHERE id = ${id}::uuid`;
  return row?.status;
}
