import { z } from 'zod';
import type { Db } from '../../../database.ts';
import { revocationRow } from '../../../revocations/stores/revocations.ts';

const suspension = revocationRow.extend({ revision: z.number() });

/** Suspends an organisation that is active, and records that what acts within it lost access. */
export function markSuspended(db: Db, id: string, reason: string): Promise<z.output<typeof suspension>> {
  return db.one(suspension)`
    WITH suspended AS (
      UPDATE organisation SET status = 'suspended', suspended_at = clock_timestamp(), suspended_reason = ${reason}, updated_at = clock_timestamp(),
             revision = revision + 1
       WHERE id = ${id}::uuid RETURNING id, revision
    ), revoked AS (
      INSERT INTO revocation (kind, target_id) SELECT 'tenant', suspended.id FROM suspended RETURNING id, kind, target_id, at
    )
    SELECT revoked.*, suspended.revision::int AS revision FROM revoked CROSS JOIN suspended`;
}

const restoration = z.object({ revision: z.number() });

/** Makes a suspended or archived organisation active again, under the slug that it had. Edges hear nothing of it: they ask about refused callers anew. */
export function markRestored(db: Db, id: string): Promise<z.output<typeof restoration>> {
  return db.one(restoration)`
    WITH slug AS (
      UPDATE organisation_slug SET free_at = NULL
       WHERE slug = (SELECT s.slug FROM organisation_slug s WHERE s.organisation_id = ${id}::uuid ORDER BY s.taken_at DESC LIMIT 1)
         AND free_at IS NOT NULL
    )
    UPDATE organisation SET status = 'active', suspended_at = NULL, suspended_reason = NULL, archived_at = NULL, updated_at = clock_timestamp(),
           revision = revision + 1
     WHERE id = ${id}::uuid RETURNING revision::int AS revision`;
}

/** Whether an archived organisation was archived at most so many days ago, by the database's clock. */
export async function archivedWithin(db: Db, id: string, days: number): Promise<boolean> {
  const { within } = await db.one(z.object({ within: z.boolean() }))`
    SELECT coalesce(archived_at > clock_timestamp() - ${days}::int * interval '1 day', false) AS within
      FROM organisation WHERE id = ${id}::uuid`;
  return within;
}

/** Whether an organisation has an active owner whose account is active. */
export async function hasActiveOwner(db: Db, id: string): Promise<boolean> {
  const { owned } = await db.one(z.object({ owned: z.boolean() }))`
    SELECT EXISTS (SELECT FROM membership m JOIN account a ON a.user_id = m.user_id
                    WHERE m.organisation_id = ${id}::uuid AND m.role = 'owner' AND m.status = 'active' AND a.status = 'active') AS owned`;
  return owned;
}
