import { z } from 'zod';
import type { Db } from '../../database.ts';

/** Names and prefixes of a user's live keys, newest first, at most twenty. */
export function liveKeyNames(db: Db, userId: string): Promise<{ name: string; prefix: string }[]> {
  return db.many(z.object({ name: z.string(), prefix: z.string() }))`
    SELECT name, prefix FROM api_key
     WHERE user_id = ${userId}::uuid AND revoked_at IS NULL
       AND coalesce(least(expires_at, retires_at) > clock_timestamp(), true)
     ORDER BY created_at DESC, id DESC LIMIT 20`;
}
