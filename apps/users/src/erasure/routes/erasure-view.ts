import type { adminGetErasure, Output } from '@turnpike/contracts';
import type { Erasure } from '../stores/receipts.ts';

/** A receipt as the wire shows it. */
export function erasureView(erasure: Erasure): Output<typeof adminGetErasure> {
  return {
    id: erasure.id,
    user_id: erasure.userId,
    requested_by: erasure.requestedBy,
    requested_at: erasure.requestedAt.toISOString(),
    status: erasure.completedAt ? 'completed' : 'running',
    completed_at: erasure.completedAt?.toISOString() ?? null,
    steps: erasure.steps.map((step) => ({
      target: step.target,
      status: step.doneAt ? 'done' : 'pending',
      attempts: step.attempts,
      last_error: step.lastError,
      erased: step.erased,
      done_at: step.doneAt?.toISOString() ?? null,
    })),
  };
}
