import { z } from 'zod';
import { auditActor, type AuditActor, type AuditReport } from '@turnpike/contracts';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

/** Entries counted for a total; beyond it the total stands still, so that no list has to count a long trail. */
const COUNTED_MAX = 10_000;

const auditRow = z.object({
  id: z.bigint(),
  at: z.date(),
  action: z.string(),
  user_id: z.string().nullable(),
  organisation_id: z.string().nullable(),
  session_id: z.string().nullable(),
  actor: auditActor,
  method: z.string().nullable(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
  operator_id: z.string().nullable(),
  operator_email: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

/** An entry of the trail. */
export type AuditRow = Readonly<z.output<typeof auditRow>>;

/** What a list of the trail is narrowed to; times are RFC 3339, `until` exclusive. */
export interface AuditFilter {
  readonly userId?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: AuditActor | undefined;
  readonly operatorId?: string | undefined;
  readonly requestId?: string | undefined;
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
  const where = conditionsOf(filter);
  const [items, { total }] = await Promise.all([
    db.many(auditRow)`
      SELECT e.id, e.at, e.action, e.user_id, e.organisation_id, e.session_id, e.actor, e.method, e.address, e.user_agent, e.request_id, e.operator_id,
             i.email AS operator_email, e.detail
        FROM (SELECT * FROM audit_event e ${where} ORDER BY e.at DESC, e.id DESC LIMIT ${limit}::int OFFSET ${offset}::int) e
        LEFT JOIN account a ON a.user_id = e.operator_id ${SHOWN_ADDRESS} ORDER BY e.at DESC, e.id DESC`,
    db.one(counted)`
      SELECT count(*)::int AS total FROM (SELECT 1 FROM audit_event e ${where} LIMIT ${COUNTED_MAX}::int) AS counted`,
  ]);
  return { items, total };
}

/** The events that were reported under these ids, with who acted. */
export function reportedEvents(db: Db, ids: readonly string[]): Promise<(AuditRow & { report_id: string })[]> {
  return db.many(auditRow.extend({ report_id: z.string() }))`
    SELECT e.id, e.at, e.action, e.user_id, e.organisation_id, e.session_id, e.actor, e.method, e.address, e.user_agent, e.request_id, e.operator_id,
           i.email AS operator_email, e.detail, e.report_id
      FROM audit_event e LEFT JOIN account a ON a.user_id = e.operator_id ${SHOWN_ADDRESS} WHERE e.report_id = ANY (${[...ids]}::uuid[])`;
}

/** Only what is asked for, so that each choice is a statement with a plan of its own. */
function conditionsOf({ userId, action, actor, operatorId, requestId, since, until }: AuditFilter): Prisma.Sql {
  const conditions = [
    ...(userId === undefined ? [] : [Prisma.sql`e.user_id = ${userId}::uuid`]),
    ...(action === undefined ? [] : [Prisma.sql`e.action = ${action}`]),
    ...(actor === undefined ? [] : [Prisma.sql`e.actor = ${actor}`]),
    ...(operatorId === undefined ? [] : [Prisma.sql`e.operator_id = ${operatorId}::uuid`]),
    ...(requestId === undefined ? [] : [Prisma.sql`e.request_id = ${requestId}`]),
    ...(since === undefined ? [] : [Prisma.sql`e.at >= ${since}::timestamptz`]),
    ...(until === undefined ? [] : [Prisma.sql`e.at < ${until}::timestamptz`]),
  ];
  return conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
}

/**
 * Records audit events that other services report; one that is known by its id is left alone. Of an account that has
 * been erased since, the event stays without the person. Returns how many were new.
 */
export function recordReports({ prisma }: Db, reports: readonly AuditReport[]): Promise<number> {
  return prisma.$executeRaw`
    INSERT INTO audit_event (report_id, at, action, actor, organisation_id, user_id, operator_id, address, request_id, detail)
    SELECT r.id, r.at, r.action, r.actor, r.organisation_id,
           CASE WHEN erased IS NULL THEN r.user_id END, r.operator_id, CASE WHEN erased IS NULL THEN r.address END,
           CASE WHEN erased IS NULL THEN r.request_id END,
           CASE WHEN erased IS NULL THEN coalesce(r.detail, '{}') ELSE '{}' END
      FROM jsonb_to_recordset(${JSON.stringify(reports)}::jsonb)
        AS r(id uuid, at timestamptz, action text, actor text, organisation_id uuid, user_id uuid, operator_id uuid, address text, request_id text, detail jsonb)
      -- One lookup each, whatever the planner guesses of the batch.
      LEFT JOIN LATERAL (SELECT true AS erased FROM account a WHERE a.user_id = r.user_id AND a.status = 'deleted' LIMIT 1) tombstone ON true
    ON CONFLICT (report_id) WHERE report_id IS NOT NULL DO NOTHING`;
}
