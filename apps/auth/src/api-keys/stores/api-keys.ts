import { z } from 'zod';
import { environment, keyConstraints } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { ProjectOwner } from '../../projects/owner.ts';
import { hasProject } from '../../projects/stores/projects.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

/** Rows of keys. */
export const apiKeyRow = z.object({
  id: z.string(),
  user_id: z.string(),
  project_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  rate_limit_per_minute: z.int().nullable(),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  paused_at: z.date().nullable(),
  last_used_at: z.date().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
  is_active: z.boolean(),
  organisation_id: z.string().nullable(),
  environment: environment.nullable(),
  constraints: keyConstraints,
  metadata: z.record(z.string(), z.string()),
});

/** A key as its owner may see it. */
export type ApiKeyRow = Readonly<z.output<typeof apiKeyRow>>;

/** The columns of an `ApiKeyRow`, of `k`. */
export const KEY_COLUMNS = Prisma.sql`k.id, k.user_id, k.project_id, k.name, k.prefix, k.scopes, k.rate_limit_per_minute,
  least(k.expires_at, k.retires_at) AS expires_at, k.revoked_at, k.paused_at, k.last_used_at, k.created_at, k.updated_at,
  k.organisation_id, k.environment, k.constraints, k.metadata,
  k.revoked_at IS NULL AND k.paused_at IS NULL AND coalesce(least(k.expires_at, k.retires_at) > clock_timestamp(), true) AS is_active`;
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
    db.many(apiKeyRow)`
      SELECT ${KEY_COLUMNS} FROM api_key k WHERE k.project_id = ${projectId}::uuid
       ORDER BY k.created_at DESC, k.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.prisma.apiKey.count({ where: { projectId } }),
  ]);
  return { items, total };
}

/** A key of a project of its owner that has not ended, locked until the transaction ends; `undefined` where there is none. */
export async function lockApiKey(
  db: Db,
  owner: ProjectOwner,
  projectId: string,
  id: string,
): Promise<ApiKeyRow | undefined> {
  if (!(await hasProject(db, owner, projectId))) return undefined;
  return db.maybeOne(apiKeyRow)`
    SELECT ${KEY_COLUMNS} FROM api_key k
     WHERE k.id = ${id}::uuid AND k.project_id = ${projectId}::uuid AND k.revoked_at IS NULL FOR NO KEY UPDATE OF k`;
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
  apiKeyRow.extend({ outcome: z.literal('created') }),
  z.object({ outcome: z.literal('too_many') }),
]);

/** Makes a key in a project of its owner: the function `api_key_create`. */
export async function createApiKey(
  db: Db,
  owner: ProjectOwner,
  key: ApiKeyToMake,
  keysMax: number,
): Promise<ApiKeyRow | 'no_project' | 'too_many'> {
  if (!(await hasProject(db, owner, key.projectId))) return 'no_project';
  const row = await db.maybeOne(created)`
    SELECT r.outcome, ${KEY_COLUMNS}
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
  apiKeyRow.extend({ outcome: z.literal('rotated'), ...revoked }),
  z.object({ outcome: z.literal('inactive') }),
]);

/** Replaces a key in a project of its owner: the function `api_key_rotate`. */
export async function rotateApiKey(
  db: Db,
  owner: ProjectOwner,
  { oldId, userId, projectId, newId, operationId, prefix, digest, overlapSeconds }: ApiKeyRotation,
): Promise<{ key: ApiKeyRow; revocations: RecordedRevocation[] } | 'not_found' | 'inactive'> {
  if (!(await hasProject(db, owner, projectId))) return 'not_found';
  const row = await db.maybeOne(rotated)`
    SELECT r.outcome, r.revocation_id, r.revocation_at, ${KEY_COLUMNS}
      FROM api_key_rotate(${oldId}::uuid, ${userId}::uuid, ${projectId}::uuid, ${newId}::uuid, ${operationId}::uuid, ${prefix},
        ${digest}::bytea, ${overlapSeconds}::int * interval '1 second') r ${KEY}`;
  if (row === undefined) return 'not_found';
  if (row.outcome === 'inactive') return 'inactive';
  return { key: row, revocations: revocationOf(oldId, row) };
}

/** Lets a key end at this moment at the latest. */
export function endKeyBy(db: Db, { id }: Pick<ApiKeyRow, 'id'>, latest: string): Promise<ApiKeyRow> {
  return db.one(apiKeyRow)`
    UPDATE api_key k SET expires_at = least(k.expires_at, ${latest}::timestamptz) WHERE k.id = ${id}::uuid RETURNING ${KEY_COLUMNS}`;
}

const ended = apiKeyRow.extend({ was_active: z.boolean(), ...revoked });

/** A key that was ended. */
export interface EndedApiKey {
  readonly key: ApiKeyRow;
  readonly wasActive: boolean;
  readonly revocations: RecordedRevocation[];
}

/**
 * Ends a key, in a project unless an operator does it; whose project it is was asked before. Repeating it returns the first moment again: the
 * function `api_key_end`.
 */
export async function endApiKey(
  db: Db,
  id: string,
  projectId: string | undefined,
  reason: string,
): Promise<EndedApiKey | undefined> {
  const row = await db.maybeOne(ended)`
    SELECT r.was_active, r.revocation_id, r.revocation_at, ${KEY_COLUMNS}
      FROM api_key_end(${id}::uuid, NULL, ${projectId ?? null}::uuid, ${reason}) r ${KEY}`;
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
