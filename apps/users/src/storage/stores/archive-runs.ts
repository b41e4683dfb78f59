import { z } from 'zod';
import { storageReason, type StorageReason } from '@turnpike/contracts';
import type { Db } from '../../database.ts';

/** What is archived of everybody at once: the hours in the operator's own place, and the days of the audit trail. */
export type ArchiveRun = 'usage_logs' | 'audit';

const run = z.object({ until: z.date(), attempts: z.number() });
export type ClaimedRun = Readonly<z.output<typeof run>>;

/** Begins a run with the hour or the day that is, unless it has begun. */
export async function beginRun({ prisma }: Db, stream: ArchiveRun, unit: 'hour' | 'day'): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO archive_run (stream, until) VALUES (${stream}, date_trunc(${unit}, clock_timestamp(), 'UTC')) ON CONFLICT DO NOTHING`;
}

/** Takes a run that is due, for so long that nobody else takes it meanwhile. */
export function claimRun(db: Db, stream: ArchiveRun, leaseMs: number): Promise<ClaimedRun | undefined> {
  return db.maybeOne(run)`
    UPDATE archive_run SET next_attempt_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
     WHERE stream = ${stream} AND next_attempt_at <= clock_timestamp() RETURNING until, attempts`;
}

/** Notes up to when a run has come, and when there is more to do; nothing where another process has taken it further meanwhile. */
export async function noteRun(
  { prisma }: Db,
  stream: ArchiveRun,
  claimed: ClaimedRun,
  until: Date,
  afterMs: number,
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE archive_run SET until = ${until}::timestamptz, attempts = 0, last_error = NULL,
           next_attempt_at = clock_timestamp() + ${afterMs}::float8 * interval '1 millisecond'
     WHERE stream = ${stream} AND until = ${claimed.until}::timestamptz`;
}

/** Notes that a run broke off, with the reason where it was the place's; nothing where another process has taken it further meanwhile. */
export async function noteBrokenRun(
  { prisma }: Db,
  stream: ArchiveRun,
  claimed: ClaimedRun,
  reason: StorageReason | undefined,
  afterMs: number,
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE archive_run SET attempts = attempts + 1, last_error = coalesce(${reason ?? null}, last_error),
           next_attempt_at = clock_timestamp() + ${afterMs}::float8 * interval '1 millisecond'
     WHERE stream = ${stream} AND until = ${claimed.until}::timestamptz`;
}

/** Why the operator's own place could not be written to last; `undefined` where it could. */
export async function managedError(db: Db): Promise<StorageReason | undefined> {
  const row = await db.maybeOne(z.object({ error: storageReason.nullable() }))`
    SELECT last_error AS error FROM archive_run WHERE stream = 'usage_logs'`;
  return row?.error ?? undefined;
}

/** Of some organisations those that have a store of their own. */
export async function withOwnStore(db: Db, organisationIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.many(z.object({ id: z.string() }))`
    SELECT organisation_id AS id FROM storage_settings WHERE organisation_id = ANY (${[...organisationIds]}::uuid[])`;
  return new Set(rows.map(({ id }) => id));
}
