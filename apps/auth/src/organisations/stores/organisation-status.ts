import { z } from 'zod';
import { organisationStatus } from '@turnpike/contracts';
import type { Db } from '../../database.ts';

const state = z.object({ status: organisationStatus, ownerId: z.string().nullable() });

/** Whether an organisation is active, and its active owner who joined first; `undefined` where there is none. */
export function organisationStateOf(db: Db, id: string): Promise<Readonly<z.output<typeof state>> | undefined> {
  return db.maybeOne(state)`
    SELECT o.status, (SELECT m.user_id FROM membership m WHERE m.organisation_id = o.id AND m.role = 'owner' AND m.status = 'active'
                       ORDER BY m.joined_at, m.id LIMIT 1) AS "ownerId"
      FROM organisation o WHERE o.id = ${id}::uuid`;
}
