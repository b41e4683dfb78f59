import type { Query } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import type { FoundApiKey } from '../domain/api-key.ts';

/** A key as its owner may see it. */
export interface ApiKeyRow {
  readonly id: string;
  readonly user_id: string;
  readonly project_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly rate_limit_per_minute: number | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly is_active: boolean;
}

/** The columns of an `ApiKeyRow`, of `k`. */
const COLUMNS = `k.id, k.user_id, k.project_id, k.name, k.prefix, k.scopes, k.rate_limit_per_minute,
  least(k.expires_at, k.retires_at) AS expires_at, k.revoked_at, k.last_used_at, k.created_at, k.updated_at,
  k.revoked_at IS NULL AND coalesce(least(k.expires_at, k.retires_at) > clock_timestamp(), true) AS is_active`;
/** The same, of a column `key` that is a whole row. */
const ROW_COLUMNS = COLUMNS.replaceAll(/\bk\./g, '(r.key).');

/** A page of a project's keys, newest first, and how many there are. */
export async function listApiKeys(
  query: Query,
  projectId: string,
  limit: number,
  offset: number,
): Promise<{ items: ApiKeyRow[]; total: number }> {
  const [items, counts] = await Promise.all([
    query<ApiKeyRow>(
      `SELECT ${COLUMNS} FROM api_key k WHERE k.project_id = $1::uuid ORDER BY k.created_at DESC, k.id DESC LIMIT $2::int OFFSET $3::int`,
      projectId,
      limit,
      offset,
    ),
    query<{ total: number }>('SELECT count(*)::int AS total FROM api_key WHERE project_id = $1::uuid', projectId),
  ]);
  return { items, total: counts[0]?.total ?? 0 };
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

/** Makes a key: see `api_key_create` in the migration. */
export async function createApiKey(
  query: Query,
  key: ApiKeyToMake,
  keysMax: number,
): Promise<ApiKeyRow | 'no_project' | 'too_many'> {
  const [row] = await query<ApiKeyRow & { outcome: 'created' | 'too_many' }>(
    `SELECT r.outcome, ${ROW_COLUMNS}
       FROM api_key_create($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7::bytea, $8::text[], $9::int, $10::int * interval '1 day', $11::int) r`,
    key.id,
    key.operationId,
    key.userId,
    key.projectId,
    key.name,
    key.prefix,
    key.digest,
    key.scopes,
    key.perMinute,
    key.lifeDays,
    keysMax,
  );
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

/** Replaces a key: see `api_key_rotate` in the migration. */
export async function rotateApiKey(
  query: Query,
  rotation: ApiKeyRotation,
): Promise<{ key: ApiKeyRow; revocations: RecordedRevocation[] } | 'not_found' | 'inactive'> {
  const [row] = await query<
    ApiKeyRow & { outcome: 'rotated' | 'inactive'; revocation_id: bigint | null; revocation_at: Date | null }
  >(
    `SELECT r.outcome, r.revocation_id, r.revocation_at, ${ROW_COLUMNS}
       FROM api_key_rotate($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6, $7::bytea, $8::int * interval '1 second') r`,
    rotation.oldId,
    rotation.userId,
    rotation.projectId,
    rotation.newId,
    rotation.operationId,
    rotation.prefix,
    rotation.digest,
    rotation.overlapSeconds,
  );
  if (row === undefined) return 'not_found';
  if (row.outcome === 'inactive') return 'inactive';
  return { key: row, revocations: revocationOf(rotation.oldId, row.revocation_id, row.revocation_at) };
}

/** A key that was ended. */
export interface EndedApiKey {
  readonly key: ApiKeyRow;
  readonly wasActive: boolean;
  readonly revocations: RecordedRevocation[];
}

/**
 * Ends a key; `owner` unless an operator does it. Repeating it returns the first moment again: see `api_key_end` in the
 * migration.
 */
export async function endApiKey(
  query: Query,
  id: string,
  owner: { readonly userId: string; readonly projectId: string } | undefined,
  reason: string,
): Promise<EndedApiKey | undefined> {
  const [row] = await query<
    ApiKeyRow & { was_active: boolean; revocation_id: bigint | null; revocation_at: Date | null }
  >(
    `SELECT r.was_active, r.revocation_id, r.revocation_at, ${ROW_COLUMNS} FROM api_key_end($1::uuid, $2::uuid, $3::uuid, $4) r`,
    id,
    owner?.userId ?? null,
    owner?.projectId ?? null,
    reason,
  );
  if (row === undefined) return undefined;
  return { key: row, wasActive: row.was_active, revocations: revocationOf(id, row.revocation_id, row.revocation_at) };
}

function revocationOf(keyId: string, id: bigint | null, at: Date | null): RecordedRevocation[] {
  return id === null || at === null ? [] : [{ id, kind: 'key', target_id: keyId, at }];
}

/** Ends rotated keys whose overlap is over. */
export async function retireApiKeys(query: Query): Promise<RecordedRevocation[]> {
  return query<RecordedRevocation>('SELECT * FROM api_keys_retire()');
}

/** The id of the key with this digest, whatever its state. */
export async function apiKeyIdOf(query: Query, digest: Buffer): Promise<string | undefined> {
  const rows = await query<{ id: string }>('SELECT id FROM api_key WHERE digest = $1::bytea', digest);
  return rows[0]?.id;
}

interface FoundRow {
  readonly id: string;
  readonly user_id: string;
  readonly project_id: string;
  readonly tier: string;
  readonly lineage_id: string;
  readonly scopes: readonly string[];
  readonly rate_limit_per_minute: number | null;
  readonly state: FoundApiKey['state'];
  readonly created_at: Date;
  readonly ends_at: Date | null;
}

/** The key with this digest, as introspection judges it. A key whose overlap is over is revoked; one whose owner is disabled is suspended. */
export async function findApiKey(query: Query, digest: Buffer): Promise<FoundApiKey | undefined> {
  const rows = await query<FoundRow>(
    `SELECT k.id, k.user_id, k.project_id, a.tier, a.lineage_id, k.scopes, k.rate_limit_per_minute, k.created_at,
            least(k.expires_at, k.retires_at) AS ends_at,
            CASE WHEN k.revoked_at IS NOT NULL OR k.retires_at <= clock_timestamp() OR a.status = 'deleted' THEN 'revoked'
                 WHEN k.expires_at <= clock_timestamp() THEN 'expired'
                 WHEN a.status <> 'active' THEN 'suspended'
                 ELSE 'live' END AS state
       FROM api_key k JOIN account a ON a.user_id = k.user_id
      WHERE k.digest = $1::bytea`,
    digest,
  );
  return rows.map((row) => ({
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
  }))[0];
}

/**
 * Writes when keys were last used, all in one statement; an earlier moment never replaces a later one. Rows are locked
 * in one order, so that instances do not deadlock.
 */
export async function recordKeyUse(query: Query, uses: ReadonlyMap<string, number>): Promise<void> {
  await query(
    `WITH locked AS (SELECT id FROM api_key WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE)
     UPDATE api_key k SET last_used_at = u.at
       FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
      WHERE k.id = ANY (ARRAY(SELECT id FROM locked)) AND u.id = k.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)`,
    [...uses.keys()],
    [...uses.values()].map((atMs) => new Date(atMs).toISOString()),
  );
}
