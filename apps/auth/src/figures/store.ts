import { z } from 'zod';
import type { Db } from '../database.ts';

const figures = z.object({
  total: z.number(),
  active: z.number(),
  suspended: z.number(),
  archived: z.number(),
  signedIn: z.number(),
  keys: z.number(),
});

/** How many organisations there are by status, people who signed in within 30 days, and keys that work. */
export function countFigures(db: Db): Promise<Readonly<z.output<typeof figures>>> {
  return db.one(figures)`
    SELECT o.*, a.*, k.* FROM
      (SELECT count(*)::int AS total, count(*) FILTER (WHERE status = 'active')::int AS active,
              count(*) FILTER (WHERE status = 'suspended')::int AS suspended, count(*) FILTER (WHERE status = 'archived')::int AS archived
         FROM organisation) o,
      (SELECT count(*)::int AS "signedIn" FROM account WHERE last_login_at > clock_timestamp() - interval '30 days' AND status <> 'deleted') a,
      (SELECT count(*)::int AS keys FROM api_key
        WHERE revoked_at IS NULL AND paused_at IS NULL AND coalesce(least(expires_at, retires_at) > clock_timestamp(), true)) k`;
}
