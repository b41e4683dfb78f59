import { z } from 'zod';
import { auditActor, type AuditReport } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

/** Entries counted for a total; beyond it the total stands still, so that no list has to count a long trail. */
const COUNTED_MAX = 10_000;

const auditRow = z.object({
  id: z.bigint(),
  at: z.date(),
  action: z.string(),
  user_id: z.string().nullable(),
  session_id: z.string().nullable(),
  actor: auditActor,
  method: z.string().nullable(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

/** An entry of the trail. */
export type AuditRow = Readonly<z.output<typeof auditRow>>;

/** What a list of the trail is narrowed to; times are RFC 3339, `until` exclusive. */
export interface AuditFilter {
  readonly userId?: string | undefined;
  readonly action?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const counted = z.object({ total: z.int() });

/**
 * A page of the trail, newest first, and how many entries match (10,000 at most are counted). Prisma's own calls know no moments finer than
 * milliseconds; events are reported and looked for by finer ones.
 */
export async function listAudit(
  db: Db,
  filter: AuditFilter,
  limit: number,
  offset: number,
): Promise<{ items: AuditRow[]; total: number }> {
  const [userId, action] = [filter.userId ?? null, filter.action ?? null];
  const [since, until] = [filter.since ?? null, filter.until ?? null];
  const matches = Prisma.sql`(${userId}::uuid IS NULL OR user_id = ${userId}::uuid) AND (${action}::text IS NULL OR action = ${action}::text)
    AND (${since}::timestamptz IS NULL OR at >= ${since}::timestamptz) AND (${until}::timestamptz IS NULL OR at < ${until}::timestamptz)`;
  const [items, { total }] = await Promise.all([
    db.many(auditRow)`
      SELECT id, at, action, user_id, session_id, actor, method, address, user_agent, request_id, detail
        FROM audit_event WHERE ${matches} ORDER BY at DESC, id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.one(counted)`
      SELECT count(*)::int AS total FROM (SELECT 1 FROM audit_event WHERE ${matches} LIMIT ${COUNTED_MAX}::int) AS counted`,
  ]);
  return { items, total };
}

/**
 * Records audit events that other services report; one that is known by its id is left alone. Of an account that has
 * been erased since, the event stays without the person. Returns how many were new.
 */
export function recordReports({ prisma }: Db, reports: readonly AuditReport[]): Promise<number> {
  return prisma.$executeRaw`
    INSERT INTO audit_event (report_id, at, action, actor, user_id, address, request_id, detail)
    SELECT r.id, r.at, r.action, r.actor,
           CASE WHEN erased IS NULL THEN r.user_id END, CASE WHEN erased IS NULL THEN r.address END,
           CASE WHEN erased IS NULL THEN r.request_id END,
           CASE WHEN erased IS NULL THEN coalesce(r.detail, '{}') ELSE '{}' END
      FROM jsonb_to_recordset(${JSON.stringify(reports)}::jsonb)
        AS r(id uuid, at timestamptz, action text, actor text, user_id uuid, address text, request_id text, detail jsonb)
      -- One lookup each, whatever the planner guesses of the batch.
      LEFT JOIN LATERAL (SELECT true AS erased FROM account a WHERE a.user_id = r.user_id AND a.status = 'deleted' LIMIT 1) tombstone ON true
    ON CONFLICT (report_id) WHERE report_id IS NOT NULL DO NOTHING`;
}
