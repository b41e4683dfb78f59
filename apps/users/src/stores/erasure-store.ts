import { eraseTables, uuidv7, writeEvent, type Query, type SqlDatabase } from '@turnpike/service-kit';
import { planErasure, type ErasureRequester, type ErasureTarget } from '../domain/erasure.ts';
import { PERSONAL_TABLES } from '../personal-data.ts';

/** Receipts counted for a total; beyond it the total stands still, so that no list has to count them all. */
const COUNTED_MAX = 10_000;

/** A step that this process may perform until its lease ends. */
export interface ClaimedStep {
  readonly erasureId: string;
  readonly userId: string;
  readonly target: ErasureTarget;
  readonly attempts: number;
}

export interface StepState {
  readonly target: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly erased: Readonly<Record<string, number>> | null;
  readonly doneAt: Date | null;
}

export interface Erasure {
  readonly id: string;
  readonly userId: string;
  readonly requestedBy: ErasureRequester;
  readonly requestedAt: Date;
  readonly completedAt: Date | null;
  readonly steps: readonly StepState[];
}

export interface ErasureRequest {
  readonly receiptId: string;
  readonly userId: string;
  /** The accounts that the person has or had, where that is known; another one is granted nothing. */
  readonly lineageId?: string | undefined;
  readonly requestedBy: ErasureRequester;
  /** Names of the backends that take part. */
  readonly backends: readonly string[];
}

/**
 * Records an erasure, erases what this service holds, and plans the rest, in one transaction. Returns false, changing
 * nothing, where the receipt exists: the request may arrive twice.
 */
export function beginErasure(
  database: SqlDatabase,
  { receiptId, userId, lineageId, requestedBy, backends }: ErasureRequest,
): Promise<boolean> {
  return database.transaction(async (query) => {
    const inserted = await query(
      'INSERT INTO erasure (id, user_id, requested_by) VALUES ($1::uuid, $2::uuid, $3) ON CONFLICT DO NOTHING RETURNING id',
      receiptId,
      userId,
      requestedBy,
    );
    if (inserted.length === 0) return false;
    if (lineageId !== undefined)
      await query('INSERT INTO signed_up_lineage (lineage_id) VALUES ($1::uuid) ON CONFLICT DO NOTHING', lineageId);
    await eraseTables(query, PERSONAL_TABLES, userId);
    const plan = planErasure(backends);
    // A step is not due before its phase begins, so that whoever looks for due steps does not pass all those that wait.
    await query(
      `INSERT INTO erasure_step (erasure_id, target, phase, next_attempt_at)
       SELECT $1::uuid, target, phase, CASE WHEN phase = min(phase) OVER () THEN clock_timestamp() ELSE 'infinity' END
         FROM unnest($2::text[], $3::smallint[]) AS planned (target, phase)`,
      receiptId,
      plan.map(({ target }) => target),
      plan.map(({ phase }) => phase),
    );
    await reportErasure(query, 'erasure.requested', receiptId, requestedBy);
    return true;
  });
}

/** Takes the next due step and leases it for `leaseMs`; `undefined` when nothing is due. */
export async function claimStep(query: Query, leaseMs: number): Promise<ClaimedStep | undefined> {
  const [row] = await query<{ erasure_id: string; user_id: string; target: ErasureTarget; attempts: number }>(
    `UPDATE erasure_step AS s
        SET attempts = s.attempts + 1, next_attempt_at = clock_timestamp() + $1::int * interval '1 millisecond'
       FROM erasure e
      WHERE e.id = s.erasure_id AND (s.erasure_id, s.target) = (
        SELECT due.erasure_id, due.target FROM erasure_step due
         WHERE due.done_at IS NULL AND due.next_attempt_at <= now()
           AND NOT EXISTS (
             SELECT FROM erasure_step earlier
              WHERE earlier.erasure_id = due.erasure_id AND earlier.done_at IS NULL AND earlier.phase < due.phase)
         ORDER BY due.next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING s.erasure_id, e.user_id, s.target, s.attempts`,
    leaseMs,
  );
  return row && { erasureId: row.erasure_id, userId: row.user_id, target: row.target, attempts: row.attempts };
}

/** Marks a step done; the last one of a phase makes the next phase due, the last of all completes the erasure. Doing it twice changes nothing. */
export function completeStep(
  database: SqlDatabase,
  step: ClaimedStep,
  erased: Readonly<Record<string, number>>,
): Promise<void> {
  return database.transaction(async (query) => {
    // Locked first, so that of two steps that end at once the second one sees the first.
    await query('SELECT id FROM erasure WHERE id = $1::uuid FOR UPDATE', step.erasureId);
    await query(
      `UPDATE erasure_step SET done_at = clock_timestamp(), erased = $3::jsonb, last_error = NULL
        WHERE erasure_id = $1::uuid AND target = $2 AND done_at IS NULL`,
      step.erasureId,
      step.target,
      JSON.stringify(erased),
    );
    await query(
      `UPDATE erasure_step SET next_attempt_at = clock_timestamp()
        WHERE erasure_id = $1::uuid AND done_at IS NULL AND next_attempt_at = 'infinity'
          AND phase = (SELECT min(phase) FROM erasure_step WHERE erasure_id = $1::uuid AND done_at IS NULL)`,
      step.erasureId,
    );
    const completed = await query<{ requested_by: ErasureRequester }>(
      `UPDATE erasure SET completed_at = clock_timestamp()
        WHERE id = $1::uuid AND completed_at IS NULL
          AND NOT EXISTS (SELECT FROM erasure_step WHERE erasure_id = $1::uuid AND done_at IS NULL)
        RETURNING requested_by`,
      step.erasureId,
    );
    if (completed[0]) await reportErasure(query, 'erasure.completed', step.erasureId, completed[0].requested_by);
  });
}

/** Notes why a step failed, in words of ours, and when it is due again. */
export async function postponeStep(query: Query, step: ClaimedStep, reason: string, delayMs: number): Promise<void> {
  await query(
    `UPDATE erasure_step SET last_error = $3, next_attempt_at = clock_timestamp() + $4::int * interval '1 millisecond'
      WHERE erasure_id = $1::uuid AND target = $2 AND done_at IS NULL AND attempts = $5::int`,
    step.erasureId,
    step.target,
    reason.slice(0, 200),
    delayMs,
    step.attempts,
  );
}

interface ErasureRow {
  readonly id: string;
  readonly user_id: string;
  readonly requested_by: ErasureRequester;
  readonly requested_at: Date;
  readonly completed_at: Date | null;
  readonly steps: readonly {
    target: string;
    attempts: number;
    last_error: string | null;
    erased: Record<string, number> | null;
    done_at: string | null;
  }[];
}

const SELECT_ERASURES = `
  SELECT e.*, (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.phase, s.target), '[]') FROM erasure_step s WHERE s.erasure_id = e.id) AS steps
    FROM erasure e`;

/** A receipt with its steps. */
export async function findErasure(query: Query, id: string): Promise<Erasure | undefined> {
  const [row] = await query<ErasureRow>(`${SELECT_ERASURES} WHERE e.id = $1::uuid`, id);
  return row && toErasure(row);
}

export interface ErasureFilter {
  readonly userId: string | undefined;
  /** True: only those that are not complete. */
  readonly open: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** Receipts, newest first, and how many there are (10,000 at most are counted). */
export async function listErasures(
  query: Query,
  { userId, open, limit, offset }: ErasureFilter,
): Promise<{ items: Erasure[]; total: number }> {
  const where = 'WHERE ($1::uuid IS NULL OR e.user_id = $1::uuid) AND (NOT $2::boolean OR e.completed_at IS NULL)';
  const filter = [userId ?? null, open] as const;
  const [rows, counts] = await Promise.all([
    query<ErasureRow>(
      `${SELECT_ERASURES} ${where} ORDER BY e.requested_at DESC, e.id DESC LIMIT $3::int OFFSET $4::int`,
      ...filter,
      limit,
      offset,
    ),
    query<{ total: number }>(
      `SELECT count(*)::int AS total FROM (SELECT FROM erasure e ${where} LIMIT $3::int) AS counted`,
      ...filter,
      COUNTED_MAX,
    ),
  ]);
  return { items: rows.map(toErasure), total: counts[0]?.total ?? 0 };
}

/** How many erasures are open (10,000 at most are counted), and for how many seconds the oldest has been. */
export async function erasureBacklog(query: Query): Promise<{ open: number; oldestSeconds: number }> {
  const [row] = await query<{ open: number; oldest: number | null }>(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM erasure WHERE completed_at IS NULL LIMIT $1::int) AS counted) AS open,
            (SELECT extract(epoch FROM clock_timestamp() - min(requested_at))::float8 FROM erasure WHERE completed_at IS NULL) AS oldest`,
    COUNTED_MAX,
  );
  return { open: row?.open ?? 0, oldestSeconds: Math.max(0, row?.oldest ?? 0) };
}

function toErasure(row: ErasureRow): Erasure {
  return {
    id: row.id,
    userId: row.user_id,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    completedAt: row.completed_at,
    steps: row.steps.map((step) => ({
      target: step.target,
      attempts: step.attempts,
      lastError: step.last_error,
      erased: step.erased,
      doneAt: step.done_at === null ? null : new Date(step.done_at),
    })),
  };
}

/** An erasure in the audit trail: by its receipt, not by the person, of whom nothing may stay there. */
async function reportErasure(query: Query, action: string, receiptId: string, actor: ErasureRequester): Promise<void> {
  await writeEvent(query, 'audit.recorded', {
    id: uuidv7(),
    at: new Date().toISOString(),
    action,
    actor,
    detail: { receipt_id: receiptId },
  });
}
