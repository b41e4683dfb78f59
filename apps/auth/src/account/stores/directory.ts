import { z } from 'zod';
import type { Db } from '../../database.ts';
import { SHOWN_ADDRESS } from './shown-address.ts';

/** Most users whom one address finds. */
const FOUND_MAX = 100;

const entry = z.object({
  id: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  isPlatformAdmin: z.boolean(),
  tenants: z.number(),
  lastLoginAt: z.date().nullable(),
});

/** What auth alone knows of a user. */
export type DirectoryEntry = Readonly<z.output<typeof entry>>;

/** What is known of these users; who never signed in is left out. */
export function describePeople(db: Db, ids: readonly string[]): Promise<DirectoryEntry[]> {
  return db.many(entry)`
    SELECT a.user_id AS id, i.email, coalesce(i.email_verified, false) AS "emailVerified", a.first_name AS "firstName", a.last_name AS "lastName", a.last_login_at AS "lastLoginAt",
           EXISTS (SELECT FROM operator p WHERE p.user_id = a.user_id AND p.role = 'admin') AS "isPlatformAdmin",
           (SELECT count(*)::int FROM membership m JOIN organisation o ON o.id = m.organisation_id
             WHERE m.user_id = a.user_id AND m.status = 'active' AND o.status <> 'archived') AS tenants
      FROM account a ${SHOWN_ADDRESS} WHERE a.user_id = ANY (${[...ids]}::uuid[])`;
}

/** Ids of the users who have proven an address, or sign in with it. */
export async function findPeople(db: Db, email: string, address: string): Promise<string[]> {
  const rows = await db.many(z.object({ id: z.string() }))`
    (SELECT i.user_id AS id FROM identity i WHERE address_key(i.email) = address_key(${email}) AND i.email_verified LIMIT ${FOUND_MAX}::int)
    UNION (SELECT i.user_id FROM identity i WHERE i.provider IN ('email', 'dev') AND i.subject = ${address})`;
  return rows.map(({ id }) => id);
}
