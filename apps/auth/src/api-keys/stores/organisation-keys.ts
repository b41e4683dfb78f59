import { z } from 'zod';
import type { Environment, KeyConstraints } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { organisationLimits } from '../../organisations/limits.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';
import { apiKeyRow, KEY_COLUMNS, type ApiKeyRow } from './api-keys.ts';

/** An organisation in one of its environments. */
export interface Place {
  readonly organisationId: string;
  readonly environment: Environment;
}

/** The keys of an organisation and environment that have not ended, as `k`. */
const keysAt = ({ organisationId, environment }: Place) =>
  Prisma.sql`api_key k WHERE k.organisation_id = ${organisationId}::uuid AND k.environment = ${environment} AND k.revoked_at IS NULL`;

/** A page of the keys, newest first, and how many there are. */
export async function listOrganisationKeys(
  db: Db,
  place: Place,
  limit: number,
  offset: number,
): Promise<{ items: ApiKeyRow[]; total: number }> {
  const [items, total] = await Promise.all([
    db.many(apiKeyRow)`
      SELECT ${KEY_COLUMNS} FROM ${keysAt(place)} ORDER BY k.created_at DESC, k.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.prisma.apiKey.count({ where: { ...place, revokedAt: null } }),
  ]);
  return { items, total };
}

const room = z.object({ keys: z.number(), limits: organisationLimits });

/** How many keys of an organisation have not ended, but for one operation's, and how many there may be. Locks the organisation first. */
export async function countKeys(
  db: Db,
  organisationId: string,
  operationId: string,
): Promise<{ keys: number; limit: number | undefined }> {
  await db.prisma.$executeRaw`SELECT FROM organisation WHERE id = ${organisationId}::uuid FOR NO KEY UPDATE`;
  const found = await db.maybeOne(room)`
    SELECT o.limits, (SELECT count(*)::int FROM api_key k
                       WHERE k.organisation_id = o.id AND k.revoked_at IS NULL AND coalesce(k.expires_at > clock_timestamp(), true)
                         AND k.operation_id IS DISTINCT FROM ${operationId}::uuid) AS keys
      FROM organisation o WHERE o.id = ${organisationId}::uuid`;
  return { keys: found?.keys ?? 0, limit: found?.limits.keys };
}

/** One of the keys, or `undefined`. */
export function findOrganisationKey(db: Db, place: Place, id: string): Promise<ApiKeyRow | undefined> {
  return db.maybeOne(apiKeyRow)`SELECT ${KEY_COLUMNS} FROM ${keysAt(place)} AND k.id = ${id}::uuid`;
}

/** The same, locked until the transaction ends. */
export function lockOrganisationKey(db: Db, place: Place, id: string): Promise<ApiKeyRow | undefined> {
  return db.maybeOne(apiKeyRow)`
    SELECT ${KEY_COLUMNS} FROM ${keysAt(place)} AND k.id = ${id}::uuid FOR NO KEY UPDATE OF k`;
}

/** The oldest project of the environment, where keys go whose maker names none; `undefined` where the organisation is gone. */
export async function defaultProjectId({ prisma }: Db, place: Place): Promise<string | undefined> {
  const where = { ...place, deletedAt: null };
  const project = await prisma.project.findFirst({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return project?.id;
}

/** What may be set of a key. */
export interface KeySettings {
  readonly name: string;
  readonly perMinute: number | null;
  readonly paused: boolean;
  readonly constraints: KeyConstraints;
  readonly metadata: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly expiresAt: string | null;
}

/** Sets all of a key's settings; a paused key that stays so keeps the moment. */
export function setKey(db: Db, id: string, settings: KeySettings): Promise<ApiKeyRow> {
  const { name, perMinute, paused, constraints, metadata, expiresAt } = settings;
  return db.one(apiKeyRow)`
    UPDATE api_key k
       SET name = ${name}, rate_limit_per_minute = ${perMinute}::int, constraints = ${JSON.stringify(constraints)}::jsonb,
           metadata = ${JSON.stringify(metadata)}::jsonb, expires_at = ${expiresAt}::timestamptz,
           paused_at = CASE WHEN ${paused}::boolean THEN coalesce(k.paused_at, clock_timestamp()) END, updated_at = clock_timestamp()
     WHERE k.id = ${id}::uuid
    RETURNING ${KEY_COLUMNS}`;
}

/** Records that a key was paused (`key`: what goes on with it ends), or that something about it changed (`account`: nothing ends). */
export function tellOfKey(db: Db, kind: 'key' | 'account', id: string): Promise<RecordedRevocation> {
  return db.one(revocationRow)`
    INSERT INTO revocation (kind, target_id) VALUES (${kind}, ${id}::uuid) RETURNING id, kind, target_id, at`;
}
