import { eraseTables, uuidv7, writeEvent, type OperatorAct } from '@turnpike/service-kit';
import type { Database, Db } from '../database.ts';
import { PERSONAL_TABLES } from '../personal-data.ts';
import { planErasure, type ErasureRequester } from './domain/erasure.ts';
import {
  completeErasure,
  hastenSteps,
  insertErasure,
  insertSteps,
  lockErasure,
  markStepDone,
  noteSignedUp,
  releaseNextPhase,
  type ClaimedStep,
} from './stores/erasures.ts';

export interface ErasureRequest {
  readonly receiptId: string;
  readonly userId: string;
  /** The accounts that the person has or had, where that is known; another one is granted nothing. */
  readonly lineageId?: string | undefined;
  readonly requestedBy: ErasureRequester;
  /** The operator's act, where one asked for it. */
  readonly operator?: (OperatorAct & { readonly requestId: string }) | undefined;
  /** Names of the backends that take part. */
  readonly backends: readonly string[];
}

/**
 * Records an erasure, erases what this service holds, and plans the rest, in one transaction. Returns false, changing
 * nothing, where the receipt exists: the request may arrive twice.
 */
export function beginErasure(
  database: Database,
  { receiptId, userId, lineageId, requestedBy, operator, backends }: ErasureRequest,
): Promise<boolean> {
  return database.transaction(async (db) => {
    if (!(await insertErasure(db, { id: receiptId, userId, requestedBy }))) return false;
    if (lineageId !== undefined) await noteSignedUp(db, lineageId);
    await eraseTables(db.query, PERSONAL_TABLES, userId);
    await insertSteps(db, receiptId, planErasure(backends));
    await reportErasure(db, 'erasure.requested', receiptId, requestedBy, operator);
    return true;
  });
}

/** Marks a step done; the last one of a phase makes the next phase due, the last of all completes the erasure. Doing it twice changes nothing. */
export function completeStep(
  database: Database,
  step: ClaimedStep,
  erased: Readonly<Record<string, number>>,
): Promise<void> {
  return database.transaction(async (db) => {
    // Locked first, so that of two steps that end at once the second one sees the first.
    await lockErasure(db, step.erasureId);
    await markStepDone(db, step, erased);
    await releaseNextPhase(db, step.erasureId);
    const requestedBy = await completeErasure(db, step.erasureId);
    if (requestedBy !== undefined) await reportErasure(db, 'erasure.completed', step.erasureId, requestedBy);
  });
}

/** Has the open steps of an erasure tried now, as an operator asked. */
export function retryErasure(
  database: Database,
  receiptId: string,
  act: NonNullable<ErasureRequest['operator']>,
): Promise<void> {
  return database.transaction(async (db) => {
    await hastenSteps(db, receiptId);
    await reportErasure(db, 'erasure.retry', receiptId, 'operator', act);
  });
}

/** An erasure in the audit trail: by its receipt, not by the person, of whom nothing may stay there. */
async function reportErasure(
  { query }: Db,
  action: string,
  receiptId: string,
  actor: ErasureRequester,
  act?: ErasureRequest['operator'],
): Promise<void> {
  await writeEvent(query, 'audit.recorded', {
    id: uuidv7(),
    at: new Date().toISOString(),
    action,
    actor,
    detail: { ...act?.detail, receipt_id: receiptId },
    ...(act === undefined ? {} : { operator_id: act.operator_id, request_id: act.requestId }),
  });
}
