import { z } from 'zod';
import type { Database } from '../../database.ts';
import type { ForgottenBatch } from '../../generated/prisma/client.ts';

export type { ForgottenBatch } from '../../generated/prisma/client.ts';

const due = z.object({ id: z.string() });

/** Takes up to `max` batches that are due, and leaves them to this process for `takenSeconds`. */
export async function takeDueBatches(database: Database, max: number, takenSeconds: number): Promise<ForgottenBatch[]> {
  const rows = await database.many(due)`
    UPDATE forgotten_batch SET due_at = now() + ${takenSeconds}::float8 * interval '1 second'
     WHERE id = ANY (ARRAY(SELECT id FROM forgotten_batch WHERE due_at <= now() ORDER BY due_at LIMIT ${max}::int FOR UPDATE SKIP LOCKED))
    RETURNING id::text`;
  return database.prisma.forgottenBatch.findMany({ where: { id: { in: rows.map(({ id }) => id) } } });
}

/** The vendor has made a batch under this id whose maker was erased meanwhile. False where no such is waiting. */
export async function nameForgotten({ prisma }: Database, id: string, vendorId: string): Promise<boolean> {
  const { count } = await prisma.forgottenBatch.updateMany({ where: { id }, data: { vendorId, dueAt: new Date() } });
  return count > 0;
}

/** What a batch held is returned. */
export async function heldNoMore({ prisma }: Database, id: string): Promise<void> {
  await prisma.forgottenBatch.updateMany({ where: { id }, data: { holdId: null, spendId: null } });
}

/** Nothing of a batch is left. */
export async function batchDeleted({ prisma }: Database, id: string): Promise<void> {
  await prisma.forgottenBatch.deleteMany({ where: { id } });
}

/** A batch is being cancelled, and is looked at again after `seconds`. */
export async function batchWaits(database: Database, id: string, seconds: number): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE forgotten_batch SET failures = 0, due_at = now() + ${seconds}::float8 * interval '1 second' WHERE id = ${id}::uuid`;
}

/** A batch could not be ended: it is due after `seconds` for the first failure, twice as long for each more, a day at most. */
export async function batchFailed(database: Database, id: string, seconds: number): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE forgotten_batch SET failures = failures + 1,
           due_at = now() + least(86400, ${seconds}::float8 * power(2, least(failures, 20))) * interval '1 second'
     WHERE id = ${id}::uuid`;
}
