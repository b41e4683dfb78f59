import { z } from 'zod';
import type { Db } from '../../database.ts';
import { SLUG_HELD_DAYS } from './archiving.ts';

/** Gives an organisation another slug; false where it is taken: the function `organisation_slug_change`. */
export async function changeSlug(db: Db, id: string, slug: string): Promise<boolean> {
  const { changed } = await db.one(z.object({ changed: z.boolean() }))`
    SELECT organisation_slug_change(${id}::uuid, ${slug}, ${SLUG_HELD_DAYS}::int * interval '1 day') AS changed`;
  return changed;
}

const renames = z.object({ renames: z.number(), oldestAgeSeconds: z.number() });

/** How often an organisation got another slug in the last days, by the audit trail, and for how long the first of them has been. */
export function recentRenames(db: Db, id: string, days: number): Promise<z.output<typeof renames>> {
  return db.one(renames)`
    SELECT count(*)::int AS renames, coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0)::float8 AS "oldestAgeSeconds"
      FROM audit_event e
     WHERE e.organisation_id = ${id}::uuid AND e.action = 'organisation.rename' AND e.at > clock_timestamp() - ${days}::int * interval '1 day'`;
}

/** Sets name and billing address. */
export async function setInfo(
  { prisma }: Db,
  id: string,
  info: { readonly name: string; readonly billingEmail: string | null },
): Promise<void> {
  await prisma.organisation.update({ where: { id }, data: { ...info, updatedAt: new Date() } });
}
