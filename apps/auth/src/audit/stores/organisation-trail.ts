import { z } from 'zod';
import { auditActor } from '@turnpike/contracts';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

/** Entries counted for a total. */
const COUNTED_MAX = 10_000;

const entry = z.object({
  id: z.bigint(),
  at: z.date(),
  action: z.string(),
  actor: auditActor,
  userId: z.string().nullable(),
  email: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

/** An entry of an organisation's trail, and the address of who acted. */
export type OrganisationAuditEntry = Readonly<z.output<typeof entry>>;

/** A page of an organisation's trail, newest first, and how many entries match (10,000 at most are counted). */
export async function listOrganisationAudit(
  db: Db,
  organisationId: string,
  { action, limit, offset }: { readonly action: string | undefined; readonly limit: number; readonly offset: number },
): Promise<{ items: OrganisationAuditEntry[]; total: number }> {
  const where = Prisma.sql`WHERE e.organisation_id = ${organisationId}::uuid
    ${action === undefined ? Prisma.empty : Prisma.sql`AND e.action = ${action}`}`;
  const [items, { total }] = await Promise.all([
    db.many(entry)`
      SELECT e.id, e.at, e.action, e.actor, e.user_id AS "userId", i.email, e.detail
        FROM (SELECT * FROM audit_event e ${where} ORDER BY e.at DESC, e.id DESC LIMIT ${limit}::int OFFSET ${offset}::int) e
        LEFT JOIN account a ON a.user_id = e.user_id ${SHOWN_ADDRESS} ORDER BY e.at DESC, e.id DESC`,
    db.one(z.object({ total: z.number() }))`
      SELECT count(*)::int AS total FROM (SELECT 1 FROM audit_event e ${where} LIMIT ${COUNTED_MAX}::int) AS counted`,
  ]);
  return { items, total };
}
