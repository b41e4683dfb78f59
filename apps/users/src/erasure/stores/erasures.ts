import { z } from 'zod';
import type { Db } from '../../database.ts';
import {
  erasureRequester,
  erasureTarget,
  type ErasureRequester,
  type ErasureTarget,
  type PlannedStep,
} from '../domain/erasure.ts';
import { COUNTED_MAX } from './receipts.ts';

/** Records a receipt; false, changing nothing, where it exists. */
export async function insertErasure(
  { prisma }: Db,
  erasure: { readonly id: string; readonly userId: string; readonly requestedBy: ErasureRequester },
): Promise<boolean> {
  const { count } = await prisma.erasure.createMany({ data: erasure, skipDuplicates: true });
  return count > 0;
}

/** Records that the accounts of a lineage had their sign-up credits. */
export async function noteSignedUp({ prisma }: Db, lineageId: string): Promise<void> {
  await prisma.signedUpLineage.createMany({ data: { lineageId }, skipDuplicates: true });
}

/** Plans the steps of an erasure. One is not due before its phase begins, so that whoever looks for due steps does not pass all those that wait. */
export async function insertSteps({ prisma }: Db, erasureId: string, plan: readonly PlannedStep[]): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO erasure_step (erasure_id, target, phase, next_attempt_at)
    SELECT ${erasureId}::uuid, target, phase, CASE WHEN phase = min(phase) OVER () THEN clock_timestamp() ELSE 'infinity' END
      FROM unnest(${plan.map(({ target }) => target)}::text[], ${plan.map(({ phase }) => phase)}::smallint[]) AS planned (target, phase)`;
}

/** A step that this process may perform until its lease ends. */
export interface ClaimedStep {
  readonly erasureId: string;
  readonly userId: string;
  readonly target: ErasureTarget;
  readonly attempts: number;
}

const claimed = z.object({ erasure_id: z.string(), user_id: z.string(), target: erasureTarget, attempts: z.int() });

/** Takes the next due step and leases it for `leaseMs`; `undefined` when nothing is due. */
export async function claimStep(db: Db, leaseMs: number): Promise<ClaimedStep | undefined> {
  const row = await db.maybeOne(claimed)`
    UPDATE erasure_step AS s
       SET attempts = s.attempts + 1, next_attempt_at = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'
      FROM erasure e
     WHERE e.id = s.erasure_id AND (s.erasure_id, s.target) = (
       SELECT due.erasure_id, due.target FROM erasure_step due
        WHERE due.done_at IS NULL AND due.next_attempt_at <= now()
          AND NOT EXISTS (
            SELECT FROM erasure_step earlier
             WHERE earlier.erasure_id = due.erasure_id AND earlier.done_at IS NULL AND earlier.phase < due.phase)
        ORDER BY due.next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING s.erasure_id, e.user_id, s.target, s.attempts`;
  return row && { erasureId: row.erasure_id, userId: row.user_id, target: row.target, attempts: row.attempts };
}

/** Locks a receipt until the transaction ends. */
export async function lockErasure({ prisma }: Db, id: string): Promise<void> {
  await prisma.$executeRaw`SELECT FROM erasure WHERE id = ${id}::uuid FOR UPDATE`;
}

/** Marks a step done; doing it twice changes nothing. */
export async function markStepDone(
  { prisma }: Db,
  { erasureId, target }: ClaimedStep,
  erased: Readonly<Record<string, number>>,
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE erasure_step SET done_at = clock_timestamp(), erased = ${JSON.stringify(erased)}::jsonb, last_error = NULL
     WHERE erasure_id = ${erasureId}::uuid AND target = ${target} AND done_at IS NULL`;
}

/** Makes the steps of the first phase that is not through due. */
export async function releaseNextPhase({ prisma }: Db, erasureId: string): Promise<void> {
  await prisma.$executeRaw`
    UPDATE erasure_step SET next_attempt_at = clock_timestamp()
     WHERE erasure_id = ${erasureId}::uuid AND done_at IS NULL AND next_attempt_at = 'infinity'
       AND phase = (SELECT min(phase) FROM erasure_step WHERE erasure_id = ${erasureId}::uuid AND done_at IS NULL)`;
}

const completed = z.object({ requested_by: erasureRequester });

/** Completes an erasure whose steps are all done, once; returns who asked for it, where it did. */
export async function completeErasure(db: Db, id: string): Promise<ErasureRequester | undefined> {
  const row = await db.maybeOne(completed)`
    UPDATE erasure SET completed_at = clock_timestamp()
     WHERE id = ${id}::uuid AND completed_at IS NULL
       AND NOT EXISTS (SELECT FROM erasure_step WHERE erasure_id = ${id}::uuid AND done_at IS NULL)
    RETURNING requested_by`;
  return row?.requested_by;
}

/** Notes why a step failed, in words of ours, and when it is due again. */
export async function postponeStep({ prisma }: Db, step: ClaimedStep, reason: string, delayMs: number): Promise<void> {
  await prisma.$executeRaw`
    UPDATE erasure_step
       SET last_error = ${reason.slice(0, 200)}, next_attempt_at = clock_timestamp() + ${delayMs}::int * interval '1 millisecond'
     WHERE erasure_id = ${step.erasureId}::uuid AND target = ${step.target} AND done_at IS NULL AND attempts = ${step.attempts}::int`;
}

const backlog = z.object({ open: z.int(), oldest: z.number().nullable() });

/** How many erasures are open (10,000 at most are counted), and for how many seconds the oldest has been. */
export async function erasureBacklog(db: Db): Promise<{ open: number; oldestSeconds: number }> {
  const { open, oldest } = await db.one(backlog)`
    SELECT (SELECT count(*)::int FROM (SELECT FROM erasure WHERE completed_at IS NULL LIMIT ${COUNTED_MAX}::int) AS counted) AS open,
           (SELECT extract(epoch FROM clock_timestamp() - min(requested_at))::float8 FROM erasure WHERE completed_at IS NULL) AS oldest`;
  return { open, oldestSeconds: Math.max(0, oldest ?? 0) };
}

/** Makes the open steps of an erasure that wait for their next attempt due now; those of a later phase still wait for theirs. */
export async function hastenSteps({ prisma }: Db, erasureId: string): Promise<void> {
  await prisma.$executeRaw`
    UPDATE erasure_step SET next_attempt_at = clock_timestamp()
     WHERE erasure_id = ${erasureId}::uuid AND done_at IS NULL AND next_attempt_at <> 'infinity'`;
}
