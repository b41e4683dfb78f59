import { z } from 'zod';
import type { Db } from '../../database.ts';

/** A day of the audit trail, as the range of its entries. */
const period = z.object({ day: z.string(), afterId: z.string(), untilId: z.string() });
export type AuditPeriod = Readonly<z.output<typeof period>>;

/** The day's range, if it is marked. */
export function findPeriod(db: Db, day: string): Promise<AuditPeriod | undefined> {
  return db.maybeOne(period)`
    SELECT day::text, after_id::text AS "afterId", until_id::text AS "untilId" FROM audit_period WHERE day = ${day}::date`;
}

/** Marks where a day ends; it begins where the day before ended. One that is marked already stays. */
export async function markPeriod({ prisma }: Db, day: string, untilId: string): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO audit_period (day, after_id, until_id)
    SELECT ${day}::date, coalesce((SELECT until_id FROM audit_period WHERE day < ${day}::date ORDER BY day DESC LIMIT 1), 0), ${untilId}::bigint
    ON CONFLICT DO NOTHING`;
}

/** Notes that organisations have entries of a day to be archived. Safe to repeat while none of that day is written. */
export async function addDue(
  { prisma }: Db,
  { day, afterId, untilId }: AuditPeriod,
  organisationIds: readonly string[],
): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO audit_archive_due (organisation_id, day, after_id, until_id)
    SELECT id, ${day}::date, ${afterId}::bigint, ${untilId}::bigint FROM unnest(${[...organisationIds]}::uuid[]) AS id
    ON CONFLICT DO NOTHING`;
}

const due = period.extend({ organisationId: z.string(), attempts: z.number() });
export type DueAudit = Readonly<z.output<typeof due>>;

/** Takes what is due longest, for so long that nobody else takes it meanwhile. Of an organisation only its earliest day can be due. */
export function claimDueAudit(db: Db, leaseMs: number): Promise<DueAudit | undefined> {
  return db.maybeOne(due)`
    UPDATE audit_archive_due SET next_attempt_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
     WHERE (organisation_id, day) = (
       SELECT organisation_id, day FROM audit_archive_due d
        WHERE next_attempt_at <= now()
          AND NOT EXISTS (SELECT FROM audit_archive_due e WHERE e.organisation_id = d.organisation_id AND e.day < d.day)
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING day::text, after_id::text AS "afterId", until_id::text AS "untilId", organisation_id AS "organisationId", attempts`;
}

/** Notes that an attempt broke off. */
export async function postponeDue({ prisma }: Db, { organisationId, day }: DueAudit, afterMs: number): Promise<void> {
  await prisma.$executeRaw`
    UPDATE audit_archive_due SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + ${afterMs}::float8 * interval '1 millisecond'
     WHERE organisation_id = ${organisationId}::uuid AND day = ${day}::date`;
}

/** Notes that nothing more of a day is to be written. */
export async function removeDue({ prisma }: Db, { organisationId, day }: DueAudit): Promise<void> {
  await prisma.$executeRaw`DELETE FROM audit_archive_due WHERE organisation_id = ${organisationId}::uuid AND day = ${day}::date`;
}

const archive = z.object({
  number: z.number(),
  day: z.string(),
  entries: z.number(),
  previous: z.string().nullable(),
  chain: z.string(),
  place: z.string(),
});
/** A file that was written. */
export type AuditArchive = Readonly<z.output<typeof archive>>;

/** The last file of an organisation. */
export function lastArchive(db: Db, organisationId: string): Promise<AuditArchive | undefined> {
  return db.maybeOne(archive)`
    SELECT number, day::text, entries, previous, chain, place FROM audit_archive
     WHERE organisation_id = ${organisationId}::uuid ORDER BY number DESC LIMIT 1`;
}

/** Files of an organisation in their order, after one of them. */
export function archivesAfter(db: Db, organisationId: string, after: number, limit: number): Promise<AuditArchive[]> {
  return db.many(archive)`
    SELECT number, day::text, entries, previous, chain, place FROM audit_archive
     WHERE organisation_id = ${organisationId}::uuid AND number > ${after}::int ORDER BY number LIMIT ${limit}::int`;
}

/** Notes that a file is written, and from where its day goes on. */
export async function noteFile({ prisma }: Db, dueDay: DueAudit, file: AuditArchive, lastId: string): Promise<void> {
  const { organisationId, day } = dueDay;
  await prisma.$executeRaw`
    INSERT INTO audit_archive (organisation_id, number, day, entries, previous, chain, place)
    VALUES (${organisationId}::uuid, ${file.number}::int, ${file.day}::date, ${file.entries}::int, ${file.previous}, ${file.chain}, ${file.place})`;
  await prisma.$executeRaw`
    UPDATE audit_archive_due SET after_id = ${lastId}::bigint, attempts = 0 WHERE organisation_id = ${organisationId}::uuid AND day = ${day}::date`;
}
