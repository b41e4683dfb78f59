import { z } from 'zod';
import { auditActor } from '@turnpike/contracts';
import type { Db } from '../../database.ts';

/** No organisation's id comes before it. */
const FIRST = '00000000-0000-0000-0000-000000000000';

const entry = z.object({
  id: z.bigint(),
  at: z.date(),
  action: z.string(),
  actor: auditActor,
  userId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

/** A range of the trail: entries after one, up to another. */
export interface TrailRange {
  readonly after_id: string;
  readonly until_id: string;
}

/** The number of the last entry; 0 where there is none. */
export async function lastEntry(db: Db): Promise<bigint> {
  const { last } = await db.one(z.object({ last: z.bigint() }))`
    SELECT coalesce((SELECT id FROM audit_event ORDER BY id DESC LIMIT 1), 0)::bigint AS last`;
  return last;
}

/** Organisations with entries in a range, in the order of their ids after one of them. */
export async function organisationsWithin(
  db: Db,
  { after_id: after, until_id: until }: TrailRange,
  cursor: string | undefined,
  limit: number,
): Promise<string[]> {
  const rows = await db.many(z.object({ id: z.string() }))`
    SELECT o.id FROM organisation o
     WHERE o.id > ${cursor ?? FIRST}::uuid
       AND EXISTS (SELECT FROM audit_event e WHERE e.organisation_id = o.id AND e.id > ${after}::bigint AND e.id <= ${until}::bigint)
     ORDER BY o.id LIMIT ${limit}::int`;
  return rows.map(({ id }) => id);
}

/** An organisation's entries in a range, oldest first. */
export function entriesWithin(
  db: Db,
  organisationId: string,
  { after_id: after, until_id: until }: TrailRange,
  limit: number,
): Promise<Readonly<z.output<typeof entry>>[]> {
  return db.many(entry)`
    SELECT e.id, e.at, e.action, e.actor, e.user_id AS "userId", e.detail FROM audit_event e
     WHERE e.organisation_id = ${organisationId}::uuid AND e.id > ${after}::bigint AND e.id <= ${until}::bigint
     ORDER BY e.id LIMIT ${limit}::int`;
}
