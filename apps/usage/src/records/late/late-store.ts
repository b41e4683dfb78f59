import { z } from 'zod';
import { LATE_BATCH_MAX } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import type { Database, Db } from '../../database.ts';

/** How long records are gathered before they make an archive, in minutes. */
const GATHERED_MINUTES = 10;
/** First and longest pause before an archive that was not noted as written is given out again, in minutes. */
const RETRY_MINUTES = 10;
const RETRY_MINUTES_MAX = 360;

const batch = z.object({ id: z.string(), organisationId: z.string(), hour: z.date() });
/** An archive of late records that is to be written. */
export type LateBatch = Readonly<z.output<typeof batch>>;

const member = z.object({ id: z.string(), at: z.date() });
/** A record that belongs to it. */
export type LateMember = Readonly<z.output<typeof member>>;

/** Gives out an archive that is to be written: one that nobody noted as written for a while, else a new one of records that wait. `undefined` for none. */
export function takeLateBatch(database: Database): Promise<LateBatch | undefined> {
  return database.transaction(async (db) => (await takeAgain(db)) ?? (await gather(db)));
}

function takeAgain(db: Db): Promise<LateBatch | undefined> {
  return db.maybeOne(batch)`
    UPDATE late_batch SET attempts = attempts + 1, next_attempt_at = clock_timestamp()
             + least(${RETRY_MINUTES}::float8 * power(2, least(attempts, 16)), ${RETRY_MINUTES_MAX}::float8) * interval '1 minute'
     WHERE id = (SELECT id FROM late_batch WHERE archived_at IS NULL AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1
                    FOR UPDATE SKIP LOCKED)
    RETURNING id, organisation_id AS "organisationId", hour`;
}

async function gather(db: Db): Promise<LateBatch | undefined> {
  const made = await db.maybeOne(batch)`
    WITH oldest AS (
      SELECT organisation_id, date_trunc('hour', at, 'UTC') AS hour FROM late_record
       WHERE batch_id IS NULL AND stored_at < now() - ${GATHERED_MINUTES}::float8 * interval '1 minute'
       ORDER BY stored_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    INSERT INTO late_batch (id, organisation_id, hour, attempts, next_attempt_at)
    SELECT ${uuidv7()}::uuid, organisation_id, hour, 1, clock_timestamp() + ${RETRY_MINUTES}::float8 * interval '1 minute' FROM oldest
    RETURNING id, organisation_id AS "organisationId", hour`;
  if (made === undefined) return undefined;
  await db.prisma.$executeRaw`
    UPDATE late_record SET batch_id = ${made.id}::uuid
     WHERE id IN (
       SELECT id FROM late_record
        WHERE batch_id IS NULL AND organisation_id = ${made.organisationId}::uuid
          AND at >= ${made.hour}::timestamptz AND at < ${made.hour}::timestamptz + interval '1 hour'
        ORDER BY at, id LIMIT ${LATE_BATCH_MAX}::int FOR UPDATE SKIP LOCKED)`;
  return made;
}

/** The records of an archive, oldest first. */
export function membersOf(db: Db, batchId: string): Promise<LateMember[]> {
  return db.many(member)`SELECT id, at FROM late_record WHERE batch_id = ${batchId}::uuid ORDER BY at, id`;
}

/** Notes that an archive is written, or needs not be; whether it was known. */
export async function noteLateArchived({ prisma }: Db, id: string): Promise<boolean> {
  const noted = await prisma.$executeRaw`
    UPDATE late_batch SET archived_at = coalesce(archived_at, clock_timestamp()) WHERE id = ${id}::uuid`;
  return noted > 0;
}

/** Of some records those that are in archives of late ones. */
export async function lateIdsAmong(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.many(z.object({ id: z.string() }))`
    SELECT id FROM late_record WHERE id = ANY (${[...ids]}::uuid[])`;
  return new Set(rows.map(({ id }) => id));
}
