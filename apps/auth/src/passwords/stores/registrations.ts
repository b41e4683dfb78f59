import { z } from 'zod';
import type { Db } from '../../database.ts';

/** A sign-up that waits for its code. */
export interface Registration {
  readonly id: string;
  readonly email: string;
  readonly phc: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/** Keeps a sign-up, in the place of the one that the address and the client network had before. */
export async function saveRegistration(
  db: Db,
  { id, email, phc, firstName, lastName }: Registration,
  networkDigest: Buffer | undefined,
  lifeSeconds: number,
): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO registration (id, email, network_digest, phc, first_name, last_name, expires_at)
    VALUES (${id}::uuid, ${email}, ${networkDigest}::bytea, ${phc}, ${firstName}, ${lastName},
            clock_timestamp() + ${lifeSeconds}::int * interval '1 second')
    ON CONFLICT (email, network_digest) DO UPDATE
       SET id = excluded.id, phc = excluded.phc, first_name = excluded.first_name, last_name = excluded.last_name,
           created_at = clock_timestamp(), expires_at = excluded.expires_at`;
}

const registration = z.object({
  id: z.string(),
  email: z.string(),
  phc: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
});

/** A sign-up that has not expired, or `undefined`. */
export function findRegistration(db: Db, id: string): Promise<Registration | undefined> {
  return db.maybeOne(registration)`
    SELECT id, email, phc, first_name AS "firstName", last_name AS "lastName"
      FROM registration WHERE id = ${id}::uuid AND expires_at > clock_timestamp()`;
}

/** Forgets every sign-up of an address: it has an account now. */
export async function dropRegistrations({ prisma }: Db, email: string): Promise<void> {
  await prisma.registration.deleteMany({ where: { email } });
}
