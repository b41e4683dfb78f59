import { z } from 'zod';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';
import type { FoundApiKey } from '../domain/api-key.ts';

const apiKey = z.object({
  id: z.string(),
  user_id: z.string(),
  project_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  rate_limit_per_minute: z.int().nullable(),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  last_used_at: z.date().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
  is_active: z.boolean(),
});

/** A key as its owner may see it. */
export type ApiKeyRow = Readonly<z.output<typeof apiKey>>;

/** The columns of an `ApiKeyRow`, of `k`. */
const COLUMNS = Prisma.sql`k.id, k.user_id, k.project_id, k.name, k.prefix, k.scopes, k.rate_limit_per_minute,
  least(k.expires_at, k.retires_at) AS expires_at, k.revoked_at, k.last_used_at, k.created_at, k.updated_at,
  k.revoked_at IS NULL AND coalesce(least(k.expires_at, k.retires_at) > clock_timestamp(), true) AS is_active`;
/** `k`, where a function `r` returns a whole row as its column `key`. */
const KEY = Prisma.sql`CROSS JOIN LATERAL (SELECT (r.key).*) k`;

/** A page of a project's keys, newest first, and how many there are. */
export async function listApiKeys(
  db: Db,
  projectId: string,
  limit: number,
  offset: number,
): Promise<{ items: ApiKeyRow[]; total: number }> {
  const [items, total] = await Promise.all([
    db.many(apiKey)`
      SELECT ${COLUMNS} FROM api_key k WHERE k.project_id = ${projectId}::uuid
       ORDER BY k.created_at DESC, k.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.prisma.apiKey.count({ where: { projectId } }),
  ]);
  return { items, total };
}

/** A key to be made. */
export interface ApiKeyToMake {
  readonly id: string;
  /** The same for every attempt under one Idempotency-Key. */
  readonly operationId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly name: string;
  readonly prefix: string;
  readonly digest: Buffer;
  readonly scopes: readonly string[];
  readonly perMinute: number | null;
  readonly lifeDays: number | null;
}

const created = z.discriminatedUnion('outcome', [
  apiKey.extend({ outcome: z.literal('created') }),
  z.object({ outcome: z.literal('too_many') }),
]);

/** Makes a key: the function `api_key_create`. */
export async function createApiKey(
  db: Db,
  key: ApiKeyToMake,
  keysMax: number,
): Promise<ApiKeyRow | 'no_project' | 'too_many'> {
  const row = await db.maybeOne(created)`
    SELECT r.outcome, ${COLUMNS}
      FROM api_key_create(${key.id}::uuid, ${key.operationId}::uuid, ${key.userId}::uuid, ${key.projectId}::uuid, ${key.name},
        ${key.prefix}, ${key.digest}::bytea, ${key.scopes}::text[], ${key.perMinute}::int,
        ${key.lifeDays}::int * interval '1 day', ${keysMax}::int) r ${KEY}`;
  if (row === undefined) return 'no_project';
  return row.outcome === 'created' ? row : 'too_many';
}

/** Which key is replaced, and by what. */
export interface ApiKeyRotation {
  readonly oldId: string;
  readonly newId: string;
  readonly operationId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly prefix: string;
  readonly digest: Buffer;
  readonly overlapSeconds: number;
}

/** The revocation that a function recorded, where it recorded one. */
const revoked = { revocation_id: z.bigint().nullable(), revocation_at: z.date().nullable() };
const rotated = z.discriminatedUnion('outcome', [
  apiKey.extend({ outcome: z.literal('rotated'), ...revoked }),
  z.object({ outcome: z.literal('inactive') }),
]);

/** Replaces a key: the function `api_key_rotate`. */
export async function rotateApiKey(
  db: Db,
  { oldId, userId, projectId, newId, operationId, prefix, digest, overlapSeconds }: ApiKeyRotation,
): Promise<{ key: ApiKeyRow; revocations: RecordedRevocation[] } | 'not_found' | 'inactive'> {
  const row = await db.maybeOne(rotated)`
    SELECT r.outcome, r.revocation_id, r.revocation_at, ${COLUMNS}
      FROM api_key_rotate(${oldId}::uuid, ${userId}::uuid, ${projectId}::uuid, ${newId}::uuid, ${operationId}::uuid, ${prefix},
        ${digest}::bytea, ${overlapSeconds}::int * interval '1 second') r ${KEY}`;
  if (row === undefined) return 'not_found';
  if (row.outcome === 'inactive') return 'inactive';
  return { key: row, revocations: revocationOf(oldId, row) };
}

const ended = apiKey.extend({ was_active: z.boolean(), ...revoked });

/** A key that was ended. */
export interface EndedApiKey {
  readonly key: ApiKeyRow;
  readonly wasActive: boolean;
  readonly revocations: RecordedRevocation[];
}

/**
 * Ends a key; `owner` unless an operator does it. Repeating it returns the first moment again: the function
 * `api_key_end`.
 */
export async function endApiKey(
  db: Db,
  id: string,
  owner: { readonly userId: string; readonly projectId: string } | undefined,
  reason: string,
): Promise<EndedApiKey | undefined> {
  const row = await db.maybeOne(ended)`
    SELECT r.was_active, r.revocation_id, r.revocation_at, ${COLUMNS}
      FROM api_key_end(${id}::uuid, ${owner?.userId ?? null}::uuid, ${owner?.projectId ?? null}::uuid, ${reason}) r ${KEY}`;
  return row && { key: row, wasActive: row.was_active, revocations: revocationOf(id, row) };
}

function revocationOf(
  keyId: string,
  {
    revocation_id: id,
    revocation_at: at,
  }: { readonly revocation_id: bigint | null; readonly revocation_at: Date | null },
): RecordedRevocation[] {
  return id === null || at === null ? [] : [{ id, kind: 'key', target_id: keyId, at }];
}

/** Ends rotated keys whose overlap is over. */
export async function retireApiKeys(db: Db): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`SELECT * FROM api_keys_retire()`;
}

/** The id of the key with this digest, whatever its state. */
export async function apiKeyIdOf({ prisma }: Db, digest: Buffer): Promise<string | undefined> {
  const where = { digest: Uint8Array.from(digest) };
  return (await prisma.apiKey.findUnique({ where, select: { id: true } }))?.id;
}

const found = z.object({
  id: z.string(),
  user_id: z.string(),
  project_id: z.string(),
  tier: z.string(),
  lineage_id: z.string(),
  scopes: z.array(z.string()),
  rate_limit_per_minute: z.int().nullable(),
  state: z.enum(['live', 'revoked', 'suspended', 'expired']),
  created_at: z.date(),
  ends_at: z.date().nullable(),
});

/** The key with this digest, as introspection judges it. A key whose overlap is over is revoked; one whose owner is disabled is suspended. */
export async function findApiKey(db: Db, digest: Buffer): Promise<FoundApiKey | undefined> {
  const row = await db.maybeOne(found)`
    SELECT k.id, k.user_id, k.project_id, a.tier, a.lineage_id, k.scopes, k.rate_limit_per_minute, k.created_at,
           least(k.expires_at, k.retires_at) AS ends_at,
           CASE WHEN k.revoked_at IS NOT NULL OR k.retires_at <= clock_timestamp() OR a.status = 'deleted' THEN 'revoked'
                WHEN k.expires_at <= clock_timestamp() THEN 'expired'
                WHEN a.status <> 'active' THEN 'suspended'
                ELSE 'live' END AS state
      FROM api_key k JOIN account a ON a.user_id = k.user_id
     WHERE k.digest = ${digest}::bytea`;
  if (row === undefined) return undefined;
  return {
    id: row.id,
    userId: row.user_id,
    projectId: row.project_id,
    tier: row.tier,
    lineageId: row.lineage_id,
    scopes: row.scopes,
    perMinute: row.rate_limit_per_minute ?? undefined,
    state: row.state,
    createdAtMs: row.created_at.getTime(),
    endsAtMs: row.ends_at?.getTime(),
  };
}

/**
 * Writes when keys were last used, all in one statement; an earlier moment never replaces a later one. Rows are locked
 * in one order, so that instances do not deadlock.
 */
export async function recordKeyUse({ prisma }: Db, uses: ReadonlyMap<string, number>): Promise<void> {
  const ids = [...uses.keys()];
  const moments = [...uses.values()].map((atMs) => new Date(atMs).toISOString());
  await prisma.$executeRaw`
    WITH locked AS (SELECT id FROM api_key WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE)
    UPDATE api_key k SET last_used_at = u.at
      FROM unnest(${ids}::uuid[], ${moments}::timestamptz[]) AS u (id, at)
     WHERE k.id = ANY (ARRAY(SELECT id FROM locked)) AND u.id = k.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)`;
}
