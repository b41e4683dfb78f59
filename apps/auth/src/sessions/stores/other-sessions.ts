import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

/** Ends every live session of a user but one. Run it in a transaction that holds the account's row, as whoever opens a session does. */
export function endOtherSessions(
  db: Db,
  userId: string,
  keptId: string,
  reason: string,
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    SELECT e.* FROM session s CROSS JOIN LATERAL session_end(s.id, s.user_id, ${reason}) e
     WHERE s.user_id = ${userId}::uuid AND s.id <> ${keptId}::uuid AND s.ended_at IS NULL`;
}

/** How long ago a session was opened, in seconds, or `undefined`. */
export async function sessionAgeSeconds(db: Db, id: string): Promise<number | undefined> {
  const row = await db.maybeOne(z.object({ age: z.number() }))`
    SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 AS age FROM session WHERE id = ${id}::uuid`;
  return row?.age;
}
