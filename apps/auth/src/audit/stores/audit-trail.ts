import { auditActor, type AuditActor, type AuditReport } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { AuditEvent } from '../../generated/prisma/client.ts';

/** Entries counted for a total; beyond it the total stands still, so that no list has to count a long trail. */
const COUNTED_MAX = 10_000;

/** An entry of the trail. */
export interface AuditEntry extends AuditEvent {
  readonly actor: AuditActor;
}

/** What a list of the trail is narrowed to; times are RFC 3339, `until` exclusive. */
export interface AuditFilter {
  readonly userId?: string | undefined;
  readonly action?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** A page of the trail, newest first, and how many entries match (10,000 at most are counted). */
export async function listAudit(
  { prisma }: Db,
  { userId, action, since, until }: AuditFilter,
  limit: number,
  offset: number,
): Promise<{ items: AuditEntry[]; total: number }> {
  const where = {
    ...(userId === undefined ? {} : { userId }),
    ...(action === undefined ? {} : { action }),
    at: { ...(since === undefined ? {} : { gte: since }), ...(until === undefined ? {} : { lt: until }) },
  };
  const [events, total] = await Promise.all([
    prisma.auditEvent.findMany({ where, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: limit, skip: offset }),
    prisma.auditEvent.count({ where, take: COUNTED_MAX }),
  ]);
  return { items: events.map((event) => ({ ...event, actor: auditActor.parse(event.actor) })), total };
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
