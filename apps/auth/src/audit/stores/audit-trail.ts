import type { AuditReport } from '@turnpike/contracts';
import type { Query } from '@turnpike/service-kit';

/** Entries counted for a total; beyond it the total stands still, so that no list has to count a long trail. */
const COUNTED_MAX = 10_000;

/** An entry of the trail. */
export interface AuditRow {
  readonly id: bigint;
  readonly at: Date;
  readonly action: string;
  readonly user_id: string | null;
  readonly session_id: string | null;
  readonly actor: 'user' | 'operator' | 'service' | 'system';
  readonly method: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly detail: Record<string, unknown>;
}

/** What a list of the trail is narrowed to; times are RFC 3339, `until` exclusive. */
export interface AuditFilter {
  readonly userId?: string | undefined;
  readonly action?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const MATCHES = `($1::uuid IS NULL OR user_id = $1::uuid) AND ($2::text IS NULL OR action = $2::text)
  AND ($3::timestamptz IS NULL OR at >= $3::timestamptz) AND ($4::timestamptz IS NULL OR at < $4::timestamptz)`;

/** A page of the trail, newest first, and how many entries match (10,000 at most are counted). */
export async function listAudit(
  query: Query,
  filter: AuditFilter,
  limit: number,
  offset: number,
): Promise<{ items: AuditRow[]; total: number }> {
  const { userId = null, action = null, since = null, until = null } = filter;
  const [items, counts] = await Promise.all([
    query<AuditRow>(
      `SELECT id, at, action, user_id, session_id, actor, method, address, user_agent, request_id, detail
         FROM audit_event WHERE ${MATCHES} ORDER BY at DESC, id DESC LIMIT $5::int OFFSET $6::int`,
      userId,
      action,
      since,
      until,
      limit,
      offset,
    ),
    query<{ total: number }>(
      `SELECT count(*)::int AS total FROM (SELECT 1 FROM audit_event WHERE ${MATCHES} LIMIT $5::int) AS counted`,
      userId,
      action,
      since,
      until,
      COUNTED_MAX,
    ),
  ]);
  return { items, total: counts[0]?.total ?? 0 };
}

/**
 * Records audit events that other services report; one that is known by its id is left alone. Of an account that has
 * been erased since, the event stays without the person. Returns how many were new.
 */
export async function recordReports(query: Query, reports: readonly AuditReport[]): Promise<number> {
  const rows = await query(
    `INSERT INTO audit_event (report_id, at, action, actor, user_id, address, request_id, detail)
     SELECT r.id, r.at, r.action, r.actor,
            CASE WHEN erased IS NULL THEN r.user_id END, CASE WHEN erased IS NULL THEN r.address END,
            CASE WHEN erased IS NULL THEN r.request_id END,
            CASE WHEN erased IS NULL THEN coalesce(r.detail, '{}') ELSE '{}' END
       FROM jsonb_to_recordset($1::jsonb)
         AS r(id uuid, at timestamptz, action text, actor text, user_id uuid, address text, request_id text, detail jsonb)
       -- One lookup each, whatever the planner guesses of the batch.
       LEFT JOIN LATERAL (SELECT true AS erased FROM account a WHERE a.user_id = r.user_id AND a.status = 'deleted' LIMIT 1) tombstone ON true
     ON CONFLICT (report_id) WHERE report_id IS NOT NULL DO NOTHING
     RETURNING id`,
    JSON.stringify(reports),
  );
  return rows.length;
}
