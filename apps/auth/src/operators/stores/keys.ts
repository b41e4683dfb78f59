import { z } from 'zod';
import { ADMIN_COUNTED_MAX } from '@turnpike/contracts';
import { apiKeyRow, KEY_COLUMNS, type ApiKeyRow } from '../../api-keys/stores/api-keys.ts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

/** Which keys are asked for. */
export interface KeyQuery {
  readonly limit: number;
  readonly offset: number;
  readonly cursor: string | undefined;
  readonly id: string | undefined;
  readonly userId: string | undefined;
  readonly organisationId: string | undefined;
  readonly prefix: string | undefined;
}

/** A page of API keys, newest first, how many match (10,000 at most are counted), and whether there are more. */
export async function listKeys(db: Db, query: KeyQuery): Promise<{ items: ApiKeyRow[]; total: number; more: boolean }> {
  const where = conditionsOf(query);
  const [rows, { total }] = await Promise.all([
    db.many(apiKeyRow)`
      SELECT ${KEY_COLUMNS} FROM api_key k ${where} ORDER BY k.id DESC LIMIT ${query.limit + 1}::int OFFSET ${query.offset}::int`,
    db.one(z.object({ total: z.number() }))`
      SELECT count(*)::int AS total FROM (SELECT 1 FROM api_key k ${where} LIMIT ${ADMIN_COUNTED_MAX}::int) AS counted`,
  ]);
  return { items: rows.slice(0, query.limit), total, more: rows.length > query.limit };
}

function conditionsOf({ cursor, id, userId, organisationId, prefix }: KeyQuery): Prisma.Sql {
  const conditions = [
    ...(cursor === undefined ? [] : [Prisma.sql`k.id < ${cursor}::uuid`]),
    ...(id === undefined ? [] : [Prisma.sql`k.id = ${id}::uuid`]),
    ...(userId === undefined ? [] : [Prisma.sql`k.user_id = ${userId}::uuid`]),
    ...(organisationId === undefined ? [] : [Prisma.sql`k.organisation_id = ${organisationId}::uuid`]),
    ...(prefix === undefined ? [] : [Prisma.sql`k.prefix = ${prefix}`]),
  ];
  return conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
}

/** Who made keys with a prefix, at most so many. */
export async function ownersOfPrefix(db: Db, prefix: string, ownersMax: number): Promise<string[]> {
  const rows = await db.many(z.object({ id: z.string() }))`
    SELECT DISTINCT k.user_id AS id FROM api_key k WHERE k.prefix = ${prefix} LIMIT ${ownersMax}::int`;
  return rows.map(({ id }) => id);
}
