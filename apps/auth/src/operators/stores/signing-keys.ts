import { z } from 'zod';
import type { Db } from '../../database.ts';

const key = z.object({
  kid: z.string(),
  algorithm: z.string(),
  state: z.enum(['published', 'signing', 'verifying']),
  createdAt: z.date(),
  signsFrom: z.date(),
  verifiesUntil: z.date().nullable(),
});

/** The signing keys that are in use, newest first, without what they sign with. */
export function listSigningKeys(db: Db): Promise<z.output<typeof key>[]> {
  return db.many(key)`
    SELECT kid, algorithm, created_at AS "createdAt", signs_from AS "signsFrom", verifies_until AS "verifiesUntil",
           CASE WHEN signs_from > clock_timestamp() THEN 'published' WHEN retires_at <= clock_timestamp() THEN 'verifying' ELSE 'signing' END AS state
      FROM signing_key WHERE verifies_until IS NULL OR verifies_until > clock_timestamp() ORDER BY signs_from DESC`;
}
