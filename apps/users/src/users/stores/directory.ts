import { z } from 'zod';
import { ADMIN_COUNTED_MAX, foldAscii, userStatus, type UserStatus } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

const user = z.object({
  id: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  tier: z.string(),
  status: userStatus,
  createdAt: z.date(),
});

/** A user as operators list them. */
export type ListedUser = Readonly<z.output<typeof user>>;

/** Which users are asked for. */
export interface DirectoryQuery {
  readonly limit: number;
  readonly offset: number;
  readonly cursor: string | undefined;
  readonly status: UserStatus | undefined;
  readonly tier: string | undefined;
  /** These only; `undefined`: all. */
  readonly traced: readonly string[] | undefined;
  /** These, and those whose profile has the address; `undefined`: all. */
  readonly among: { readonly ids: readonly string[]; readonly email: string | undefined } | undefined;
}

/** A page of users, newest first, how many match (10,000 at most are counted), and whether there are more. */
export async function listUsers(
  db: Db,
  query: DirectoryQuery,
): Promise<{ items: ListedUser[]; total: number; more: boolean }> {
  const where = conditionsOf(query);
  const [rows, { total }] = await Promise.all([
    db.many(user)`
      SELECT u.id, u.email, u.email_verified AS "emailVerified", u.tier, u.status, u.created_at AS "createdAt"
        FROM app_user u ${where} ORDER BY u.id DESC LIMIT ${query.limit + 1}::int OFFSET ${query.offset}::int`,
    db.one(z.object({ total: z.number() }))`
      SELECT count(*)::int AS total FROM (SELECT 1 FROM app_user u ${where} LIMIT ${ADMIN_COUNTED_MAX}::int) AS counted`,
  ]);
  return { items: rows.slice(0, query.limit), total, more: rows.length > query.limit };
}

function conditionsOf({ cursor, status, tier, among, traced }: DirectoryQuery): Prisma.Sql {
  const conditions = [
    ...(status === undefined ? [] : [Prisma.sql`u.status = ${status}`]),
    ...(tier === undefined ? [] : [Prisma.sql`u.tier = ${tier}`]),
    ...(traced === undefined ? [] : [Prisma.sql`u.id = ANY (${[...traced]}::uuid[])`]),
    ...(cursor === undefined ? [] : [Prisma.sql`u.id < ${cursor}::uuid`]),
    ...(among === undefined ? [] : [Prisma.sql`u.id = ANY (ARRAY(${idsAmong(among)}))`]),
  ];
  return conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
}

function idsAmong({ ids, email }: NonNullable<DirectoryQuery['among']>): Prisma.Sql {
  const named = Prisma.sql`SELECT unnest(${[...ids]}::uuid[])`;
  if (email === undefined) return named;
  return Prisma.sql`${named} UNION SELECT n.id FROM app_user n WHERE lower(n.email COLLATE "C") = ${foldAscii(email)}`;
}
