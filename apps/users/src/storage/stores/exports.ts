import { z } from 'zod';
import {
  EXPORT_LIFE_SECONDS,
  EXPORTS_MAX,
  exportFailure,
  exportKind,
  type ExportFailure,
  type ExportKind,
} from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';

const row = z.object({
  id: z.string(),
  organisationId: z.string(),
  requestedBy: z.string().nullable(),
  state: z.enum(['running', 'ready', 'failed', 'deleting']),
  include: z.array(exportKind),
  since: z.date().nullable(),
  until: z.date(),
  place: z.string(),
  kind: z.number(),
  cursor: z.string().nullable(),
  pages: z.number(),
  records: z.bigint(),
  bytes: z.bigint(),
  attempts: z.number(),
  failure: exportFailure.nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
  expiresAt: z.date().nullable(),
});
/** An export, and how far it is. */
export type OrganisationExport = Readonly<z.output<typeof row>>;

const COLUMNS = Prisma.sql`id, organisation_id AS "organisationId", requested_by AS "requestedBy", state, include, since, until, place, kind, cursor,
  pages, records, bytes, attempts, failure, created_at AS "createdAt", finished_at AS "finishedAt", expires_at AS "expiresAt"`;
const LIFE = Prisma.sql`clock_timestamp() + ${EXPORT_LIFE_SECONDS}::float8 * interval '1 second'`;

/** An export as it is asked for. Without `since` it is everything that is kept; without `until` everything up to now. */
export interface NewExport {
  readonly id: string;
  readonly organisationId: string;
  readonly requestedBy: string;
  readonly include: readonly ExportKind[];
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  readonly place: string;
}

/** Adds an export, in the caller's transaction; `undefined` where the organisation has as many as it may. */
export async function addExport(db: Db, fresh: NewExport): Promise<OrganisationExport | undefined> {
  const { id, organisationId, requestedBy, include, since, until, place } = fresh;
  // Two who ask at once would each not see the other's.
  await db.prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('exports of ' || ${organisationId}, 0))`;
  return db.maybeOne(row)`
    INSERT INTO organisation_export (id, organisation_id, requested_by, include, since, until, place)
    SELECT ${id}::uuid, ${organisationId}::uuid, ${requestedBy}::uuid, ${[...include]}::text[], ${since ?? null}::timestamptz,
           coalesce(${until ?? null}::timestamptz, clock_timestamp()), ${place}
     WHERE (SELECT count(*) FROM organisation_export WHERE organisation_id = ${organisationId}::uuid AND state <> 'deleting') < ${EXPORTS_MAX}::int
    RETURNING ${COLUMNS}`;
}

/** The exports of an organisation that are not being deleted, newest first. */
export function exportsOf(db: Db, organisationId: string): Promise<OrganisationExport[]> {
  return db.many(row)`
    SELECT ${COLUMNS} FROM organisation_export WHERE organisation_id = ${organisationId}::uuid AND state <> 'deleting' ORDER BY created_at DESC, id DESC
     LIMIT ${EXPORTS_MAX}::int`;
}

/** An export that is not being deleted, of anybody. */
export function findExport(db: Db, id: string): Promise<OrganisationExport | undefined> {
  return db.maybeOne(row)`SELECT ${COLUMNS} FROM organisation_export WHERE id = ${id}::uuid AND state <> 'deleting'`;
}

/** Has an export deleted, whatever it is at; whether there was one. */
export async function markDeleting({ prisma }: Db, organisationId: string, id: string): Promise<boolean> {
  const marked = await prisma.$executeRaw`
    UPDATE organisation_export SET state = 'deleting', attempts = 0, failing_since = NULL, next_attempt_at = clock_timestamp()
     WHERE id = ${id}::uuid AND organisation_id = ${organisationId}::uuid AND state <> 'deleting'`;
  return marked > 0;
}

/** Takes what has been due longest, to be written or to be deleted, for so long that nobody else takes it meanwhile. What has served its time is `deleting` from then on. */
export function claimExport(db: Db, leaseMs: number): Promise<OrganisationExport | undefined> {
  return db.maybeOne(row)`
    UPDATE organisation_export SET state = CASE WHEN state = 'running' THEN 'running' ELSE 'deleting' END,
           next_attempt_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
     WHERE id = (SELECT id FROM organisation_export WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING ${COLUMNS}`;
}

const page = z.object({ number: z.number(), records: z.number(), bytes: z.number(), sha256: z.string() });
/** A file of an export. */
export type ExportPage = Readonly<z.output<typeof page>>;

/** The files of an export, in their order. */
export function pagesOf(db: Db, id: string): Promise<ExportPage[]> {
  return db.many(page)`
    SELECT number, records, bytes, sha256 FROM organisation_export_page WHERE export_id = ${id}::uuid ORDER BY number`;
}

/** Where an export is to be gone on. */
export type Place = Pick<OrganisationExport, 'kind' | 'cursor'>;

/**
 * Notes a file, if there is one, and where to go on; keeps the export for as long again. `undefined` where somebody else went on meanwhile, or it is
 * given up. In a transaction.
 */
export async function noteProgress(
  db: Db,
  { id, pages }: OrganisationExport,
  written: ExportPage | undefined,
  { kind, cursor }: Place,
  leaseMs: number,
): Promise<OrganisationExport | undefined> {
  const noted = await db.maybeOne(row)`
    UPDATE organisation_export SET kind = ${kind}::int, cursor = ${cursor}, pages = pages + ${written === undefined ? 0 : 1}::int,
           records = records + ${written?.records ?? 0}::int, bytes = bytes + ${written?.bytes ?? 0}::int, attempts = 0, failing_since = NULL, failure = NULL,
           next_attempt_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
     WHERE id = ${id}::uuid AND state = 'running' AND pages = ${pages}::int
    RETURNING ${COLUMNS}`;
  if (noted !== undefined && written !== undefined)
    await db.prisma.$executeRaw`
      INSERT INTO organisation_export_page (export_id, number, records, bytes, sha256)
      VALUES (${id}::uuid, ${written.number}::int, ${written.records}::int, ${written.bytes}::int, ${written.sha256})`;
  return noted;
}

/** Notes that an export is whole. */
export async function noteReady({ prisma }: Db, { id, pages }: OrganisationExport): Promise<void> {
  await prisma.$executeRaw`
    UPDATE organisation_export SET state = 'ready', finished_at = clock_timestamp(), expires_at = ${LIFE}, next_attempt_at = ${LIFE}
     WHERE id = ${id}::uuid AND state = 'running' AND pages = ${pages}::int`;
}

/** Ends an export that cannot be written; false where that was noted before, or it is given up. */
export async function noteFailed({ prisma }: Db, { id }: OrganisationExport, failure: ExportFailure): Promise<boolean> {
  const failed = await prisma.$executeRaw`
    UPDATE organisation_export SET state = 'failed', failure = ${failure}, finished_at = clock_timestamp(), expires_at = ${LIFE}, next_attempt_at = ${LIFE}
     WHERE id = ${id}::uuid AND state = 'running'`;
  return failed > 0;
}

/** Notes that an attempt broke off, and when to try again; since when none has gone well, in milliseconds. */
export async function noteBroken(
  db: Db,
  { id, state }: OrganisationExport,
  failure: ExportFailure,
  afterMs: number,
): Promise<number> {
  const broken = await db.maybeOne(z.object({ failingMs: z.number() }))`
    UPDATE organisation_export SET attempts = attempts + 1, failing_since = coalesce(failing_since, clock_timestamp()), failure = ${failure},
           next_attempt_at = clock_timestamp() + ${afterMs}::float8 * interval '1 millisecond'
     WHERE id = ${id}::uuid AND state = ${state}
    RETURNING (extract(epoch FROM clock_timestamp() - failing_since) * 1000)::float8 AS "failingMs"`;
  return broken?.failingMs ?? 0;
}

/** Lets go of an export that somebody may go on with at once. */
export async function releaseExport({ prisma }: Db, { id, state }: OrganisationExport): Promise<void> {
  await prisma.$executeRaw`
    UPDATE organisation_export SET next_attempt_at = clock_timestamp() WHERE id = ${id}::uuid AND state = ${state} AND state IN ('running', 'deleting')`;
}

/** Forgets an export whose files are gone. In a transaction. */
export async function forgetExport({ prisma }: Db, { id }: OrganisationExport): Promise<void> {
  await prisma.$executeRaw`DELETE FROM organisation_export_page WHERE export_id = ${id}::uuid`;
  await prisma.$executeRaw`DELETE FROM organisation_export WHERE id = ${id}::uuid AND state = 'deleting'`;
}
