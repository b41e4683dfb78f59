import { z } from 'zod';
import type { Db } from '../../database.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

/** How long a slug stays taken after its organisation gave it up, in days. */
export const SLUG_HELD_DAYS = 90;

const archived = revocationRow.extend({ revision: z.number(), archivedAt: z.date() });

/** Archives an organisation and gives up its slug; `undefined` where it is archived already or is not there. */
export function markArchived(db: Db, id: string): Promise<z.output<typeof archived> | undefined> {
  return db.maybeOne(archived)`
    WITH archived AS (
      UPDATE organisation SET status = 'archived', archived_at = clock_timestamp(), updated_at = clock_timestamp(), revision = revision + 1
       WHERE id = ${id}::uuid AND status <> 'archived' RETURNING id, revision, archived_at
    ), released AS (
      UPDATE organisation_slug SET free_at = clock_timestamp() + ${SLUG_HELD_DAYS}::int * interval '1 day'
       WHERE organisation_id IN (SELECT archived.id FROM archived) AND free_at IS NULL
    ), revoked AS (
      INSERT INTO revocation (kind, target_id) SELECT 'tenant', archived.id FROM archived RETURNING id, kind, target_id, at
    )
    SELECT revoked.*, archived.revision::int AS revision, archived.archived_at AS "archivedAt" FROM revoked CROSS JOIN archived`;
}
