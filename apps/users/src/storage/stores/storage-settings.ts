import { z } from 'zod';
import { storageReason, storageStream, STORAGE_TESTS_PER_HOUR, type StorageReason } from '@turnpike/contracts';
import { column } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

const row = z.object({
  organisationId: z.string(),
  endpoint: z.string().nullable(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  forcePathStyle: z.boolean(),
  accessKeyId: z.string(),
  secretSealed: column.bytes,
  streams: z.array(storageStream),
  lastTestedAt: z.date().nullable(),
  lastError: storageReason.nullable(),
  failingSince: z.date().nullable(),
  archivedUntil: z.date(),
  attempts: z.number(),
  updatedAt: z.date(),
});

/** No organisation's id comes before it. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** A store as it is saved. */
export type StoredStorage = Readonly<z.output<typeof row>>;

const COLUMNS = Prisma.sql`organisation_id AS "organisationId", endpoint, region, bucket, prefix, force_path_style AS "forcePathStyle",
  access_key_id AS "accessKeyId", secret_sealed AS "secretSealed", streams, last_tested_at AS "lastTestedAt", last_error AS "lastError",
  failing_since AS "failingSince", archived_until AS "archivedUntil", attempts, updated_at AS "updatedAt"`;

/** An organisation's store; `undefined` where it has none. */
export function findStorage(db: Db, organisationId: string): Promise<StoredStorage | undefined> {
  return db.maybeOne(row)`SELECT ${COLUMNS} FROM storage_settings WHERE organisation_id = ${organisationId}::uuid`;
}

/** What is saved of a store. */
export type NewStorage = Pick<
  StoredStorage,
  | 'organisationId'
  | 'endpoint'
  | 'region'
  | 'bucket'
  | 'prefix'
  | 'forcePathStyle'
  | 'accessKeyId'
  | 'secretSealed'
  | 'streams'
> & { readonly tested: boolean; readonly updatedBy: string };

/** Saves a store. The hours from now on are archived; of one that took the place of another, those from where that had come to. */
export async function saveStorage({ prisma }: Db, storage: NewStorage): Promise<void> {
  const { organisationId, endpoint, region, bucket, prefix, forcePathStyle, accessKeyId, secretSealed, updatedBy } =
    storage;
  await prisma.$executeRaw`
    INSERT INTO storage_settings AS s (organisation_id, endpoint, region, bucket, prefix, force_path_style, access_key_id, secret_sealed, streams,
      last_tested_at, archived_until, updated_by)
    VALUES (${organisationId}::uuid, ${endpoint}, ${region}, ${bucket}, ${prefix}, ${forcePathStyle}, ${accessKeyId}, ${secretSealed}::bytea,
      ${[...storage.streams]}::text[], CASE WHEN ${storage.tested} THEN clock_timestamp() END, date_trunc('hour', clock_timestamp(), 'UTC'),
      ${updatedBy}::uuid)
    ON CONFLICT (organisation_id) DO UPDATE SET
      endpoint = excluded.endpoint, region = excluded.region, bucket = excluded.bucket, prefix = excluded.prefix,
      force_path_style = excluded.force_path_style, access_key_id = excluded.access_key_id, secret_sealed = excluded.secret_sealed,
      streams = excluded.streams, last_tested_at = excluded.last_tested_at, last_error = NULL, failing_since = NULL, told_at = NULL, attempts = 0,
      next_attempt_at = clock_timestamp(), updated_by = excluded.updated_by, updated_at = clock_timestamp()`;
}

/** Forgets a store; whether there was one. */
export async function deleteStorage({ prisma }: Db, organisationId: string): Promise<boolean> {
  return (await prisma.storageSettings.deleteMany({ where: { organisationId } })).count > 0;
}

/** Notes what a test of the saved store found. One that went well ends an outage, and what is due is tried at once. */
export async function noteTest(
  { prisma }: Db,
  organisationId: string,
  error: StorageReason | undefined,
): Promise<void> {
  const reason = error ?? null;
  await prisma.$executeRaw`
    UPDATE storage_settings SET last_tested_at = clock_timestamp(), last_error = ${reason},
           failing_since = CASE WHEN ${reason}::text IS NOT NULL THEN coalesce(failing_since, clock_timestamp()) END,
           told_at = CASE WHEN ${reason}::text IS NOT NULL THEN told_at END,
           next_attempt_at = CASE WHEN ${reason}::text IS NULL THEN clock_timestamp() ELSE next_attempt_at END
     WHERE organisation_id = ${organisationId}::uuid`;
}

/** Counts a test; false where as many as may be were made within the last hour. */
export async function countTest(db: Db, organisationId: string): Promise<boolean> {
  const counted = await db.maybeOne(z.object({ tests: z.number() }))`
    INSERT INTO storage_test AS t (organisation_id, tested_at) VALUES (${organisationId}::uuid, ARRAY[clock_timestamp()])
    ON CONFLICT (organisation_id) DO UPDATE SET last_tested_at = clock_timestamp(), tested_at = clock_timestamp() || ARRAY(
      SELECT at FROM unnest(t.tested_at) AS at WHERE at > clock_timestamp() - interval '1 hour')
     WHERE (SELECT count(*) FROM unnest(t.tested_at) AS at WHERE at > clock_timestamp() - interval '1 hour') < ${STORAGE_TESTS_PER_HOUR}::int
    RETURNING cardinality(t.tested_at) AS tests`;
  return counted !== undefined;
}

/** Takes the store that has been due longest, for so long that nobody else takes it meanwhile. `undefined` where none is. */
export function claimDue(db: Db, leaseMs: number): Promise<StoredStorage | undefined> {
  return db.maybeOne(row)`
    UPDATE storage_settings s SET next_attempt_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
     WHERE organisation_id = (
       SELECT organisation_id FROM storage_settings WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING ${COLUMNS}`;
}

/**
 * Notes up to when everything is archived, unless the store was changed meanwhile. An hour in which nothing was written says nothing of the store, and
 * ends no outage.
 */
export async function noteArchived({ prisma }: Db, storage: StoredStorage, until: Date, wrote: boolean): Promise<void> {
  await prisma.$executeRaw`
    UPDATE storage_settings SET archived_until = ${until}::timestamptz, attempts = 0,
           failing_since = CASE WHEN ${wrote} THEN NULL ELSE failing_since END, last_error = CASE WHEN ${wrote} THEN NULL ELSE last_error END,
           told_at = CASE WHEN ${wrote} THEN NULL ELSE told_at END
     WHERE organisation_id = ${storage.organisationId}::uuid AND date_trunc('milliseconds', updated_at) = ${storage.updatedAt}::timestamptz`;
}

/** What came of an attempt: `undefined` where it went well. An outage of ours has no reason, as it says nothing of the store. */
export type Failure = { readonly reason: StorageReason | undefined } | undefined;

/** When to look again: after what went well, or after a failure. Nothing of it is noted at a store that was changed meanwhile. */
export async function noteNextAttempt(
  { prisma }: Db,
  { organisationId, updatedAt }: StoredStorage,
  afterMs: number,
  failure: Failure,
): Promise<void> {
  const reason = failure?.reason ?? null;
  await prisma.$executeRaw`
    UPDATE storage_settings SET next_attempt_at = clock_timestamp() + ${afterMs}::float8 * interval '1 millisecond',
           last_error = coalesce(${reason}, last_error),
           failing_since = CASE WHEN ${reason}::text IS NULL THEN failing_since ELSE coalesce(failing_since, clock_timestamp()) END,
           attempts = CASE WHEN ${failure === undefined} THEN 0 ELSE attempts + 1 END
     WHERE organisation_id = ${organisationId}::uuid AND date_trunc('milliseconds', updated_at) = ${updatedAt}::timestamptz`;
}

/**
 * Notes that the owners are told of an outage which has lasted so long; false where they were told of it before, or it is younger. In the
 * transaction that tells them.
 */
export async function noteTold({ prisma }: Db, organisationId: string, failingMs: number): Promise<boolean> {
  const told = await prisma.$executeRaw`
    UPDATE storage_settings SET told_at = clock_timestamp()
     WHERE organisation_id = ${organisationId}::uuid AND told_at IS NULL
       AND failing_since <= clock_timestamp() - ${failingMs}::float8 * interval '1 millisecond'`;
  return told > 0;
}

/** Secrets that another key than that of `mark` sealed, in the order of organisations, after one of them. */
export function secretsWithoutMark(
  db: Db,
  mark: Buffer,
  after: string | undefined,
  limit: number,
): Promise<Pick<StoredStorage, 'organisationId' | 'secretSealed'>[]> {
  return db.many(row.pick({ organisationId: true, secretSealed: true }))`
    SELECT organisation_id AS "organisationId", secret_sealed AS "secretSealed" FROM storage_settings
     WHERE substring(secret_sealed FROM 1 FOR ${mark.length}::int) <> ${mark}::bytea
       AND organisation_id > ${after ?? FIRST}::uuid
     ORDER BY organisation_id LIMIT ${limit}::int`;
}

/** Puts a secret that was sealed anew in the place of the old one, unless the row has changed since. */
export async function replaceSecret(
  { prisma }: Db,
  { organisationId, secretSealed }: Pick<StoredStorage, 'organisationId' | 'secretSealed'>,
  fresh: Buffer,
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE storage_settings SET secret_sealed = ${fresh}::bytea
     WHERE organisation_id = ${organisationId}::uuid AND secret_sealed = ${secretSealed}::bytea`;
}
