import { z } from 'zod';
import { operatorRole } from '@turnpike/contracts';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';

const session = z.object({ role: operatorRole, email: z.string().nullable(), ageMs: z.number() });

/** The role that the user of a live session has as an operator, their address and the age of the session; `undefined` for who is none. */
export function operatorSession(
  db: Db,
  sessionId: string,
  userId: string,
): Promise<z.output<typeof session> | undefined> {
  return db.maybeOne(session)`
    SELECT p.role, i.email, (extract(epoch FROM clock_timestamp() - s.created_at) * 1000)::float8 AS "ageMs"
      FROM session s JOIN operator p ON p.user_id = s.user_id JOIN account a ON a.user_id = s.user_id AND a.status = 'active' ${SHOWN_ADDRESS}
     WHERE s.id = ${sessionId}::uuid AND s.user_id = ${userId}::uuid AND s.ended_at IS NULL`;
}
