import { z } from 'zod';
import { ADMIN_COUNTED_MAX, TENANTS_SEARCHED_MAX, tenantStatus, type TenantStatus } from '@turnpike/contracts';
import { SHOWN_ADDRESS } from '../../../account/stores/shown-address.ts';
import type { Db } from '../../../database.ts';
import { Prisma } from '../../../generated/prisma/client.ts';

const row = {
  id: z.string(),
  name: z.string(),
  slug: z.string().nullable(),
  status: tenantStatus,
  plan: z.string().nullable(),
  tier: z.string(),
  members: z.number(),
  createdAt: z.date(),
  suspendedAt: z.date().nullable(),
  ownerId: z.string().nullable(),
  ownerEmail: z.string().nullable(),
};
const tenant = z.object(row);

/** An organisation as operators list it. */
export type AdminTenant = Readonly<z.output<typeof tenant>>;

/** The columns of an `AdminTenant`, of `o`. A slug that an archived organisation gave up is the one that it took last. */
const COLUMNS = Prisma.sql`o.id, o.name, o.status, o.plan, o.tier, o.created_at AS "createdAt", o.suspended_at AS "suspendedAt",
  (SELECT s.slug FROM organisation_slug s WHERE s.organisation_id = o.id ORDER BY s.taken_at DESC LIMIT 1) AS slug,
  (SELECT count(*)::int FROM membership m WHERE m.organisation_id = o.id) AS members,
  w.user_id AS "ownerId", w.email AS "ownerEmail"`;
const OWNER = Prisma.sql`LEFT JOIN LATERAL (
    SELECT m.user_id, i.email FROM membership m JOIN account a ON a.user_id = m.user_id ${SHOWN_ADDRESS}
     WHERE m.organisation_id = o.id AND m.role = 'owner' AND m.status = 'active' AND a.status <> 'deleted' ORDER BY m.joined_at, m.id LIMIT 1
  ) w ON true`;

/** Which organisations are asked for. */
export interface TenantQuery {
  readonly limit: number;
  readonly offset: number;
  readonly cursor: string | undefined;
  readonly status: TenantStatus | undefined;
  readonly plan: string | undefined;
  readonly q: string | undefined;
}

/** A page of organisations, newest first, how many match (10,000 at most are counted), and whether there are more. */
export async function listTenants(
  db: Db,
  query: TenantQuery,
): Promise<{ items: AdminTenant[]; total: number; more: boolean }> {
  const where = conditionsOf(query);
  const [rows, { total }] = await Promise.all([
    db.many(tenant)`
      SELECT ${COLUMNS} FROM (
        SELECT * FROM organisation o ${where} ORDER BY o.id DESC LIMIT ${query.limit + 1}::int OFFSET ${query.offset}::int
      ) o ${OWNER} ORDER BY o.id DESC`,
    db.one(z.object({ total: z.number() }))`
      SELECT count(*)::int AS total FROM (SELECT 1 FROM organisation o ${where} LIMIT ${ADMIN_COUNTED_MAX}::int) AS counted`,
  ]);
  return { items: rows.slice(0, query.limit), total, more: rows.length > query.limit };
}

function conditionsOf({ cursor, status, plan, q }: TenantQuery): Prisma.Sql {
  const conditions = [
    ...(status === undefined ? [] : [Prisma.sql`o.status = ${status}`]),
    ...(plan === undefined ? [] : [Prisma.sql`o.plan = ${plan}`]),
    ...(cursor === undefined ? [] : [Prisma.sql`o.id < ${cursor}::uuid`]),
    ...(q === undefined ? [] : [Prisma.sql`o.id = ANY (ARRAY(${foundBy(q)}))`]),
  ];
  return conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
}

/** Ids of the organisations whose id it is, or whose name or slug (a former one too) begins with it. */
function foundBy(q: string): Prisma.Sql {
  const id = z.uuid().safeParse(q);
  if (id.success) return Prisma.sql`SELECT ${id.data}::uuid`;
  const beginning = `${q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  return Prisma.sql`
    (SELECT n.id FROM organisation n WHERE lower(n.name) LIKE lower(${beginning}) LIMIT ${TENANTS_SEARCHED_MAX}::int)
    UNION (SELECT s.organisation_id FROM organisation_slug s WHERE s.slug LIKE lower(${beginning}) LIMIT ${TENANTS_SEARCHED_MAX}::int)`;
}

const detail = z.object({
  ...row,
  keysActive: z.number(),
  invitesPending: z.number(),
  suspendedReason: z.string().nullable(),
  lastActiveAt: z.date().nullable(),
  archivedAt: z.date().nullable(),
});

/** The same with what takes longer to find out. */
export type AdminTenantDetail = Readonly<z.output<typeof detail>>;

/** An organisation, whatever its status; `undefined` for an id that is none's. */
export function findTenant(db: Db, id: string): Promise<AdminTenantDetail | undefined> {
  return db.maybeOne(detail)`
    SELECT ${COLUMNS}, o.suspended_reason AS "suspendedReason", o.archived_at AS "archivedAt",
           (SELECT count(*)::int FROM api_key k WHERE k.organisation_id = o.id AND k.revoked_at IS NULL
               AND coalesce(least(k.expires_at, k.retires_at) > clock_timestamp(), true)) AS "keysActive",
           (SELECT count(*)::int FROM invite v WHERE v.organisation_id = o.id AND v.accepted_at IS NULL AND v.declined_at IS NULL
               AND v.revoked_at IS NULL AND v.expires_at > clock_timestamp()) AS "invitesPending",
           greatest(
             (SELECT max(k.last_used_at) FROM api_key k WHERE k.organisation_id = o.id),
             (SELECT max(a.last_login_at) FROM membership m JOIN account a ON a.user_id = m.user_id WHERE m.organisation_id = o.id)
           ) AS "lastActiveAt"
      FROM organisation o ${OWNER} WHERE o.id = ${id}::uuid`;
}
