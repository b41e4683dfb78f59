import type { Logger } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { deleteAtVendor, type DeletionTools } from './delete-at-vendor.ts';
import { deleted, failed, oldestSeconds, takeDue } from './stores/forgotten-objects.ts';

export interface DeleteForgottenOptions extends DeletionTools {
  readonly database: Database;
  readonly logger: Logger;
  /** What became of an object: it is deleted, was gone, or may still be there. */
  readonly onOutcome: (outcome: 'deleted' | 'gone' | 'failed') => void;
  /** For how long the oldest object or batch has waited, in seconds. */
  readonly onLag: (seconds: number) => void;
}

/** Objects of one round. */
const ROUND_MAX = 50;
/** How long a process that took objects may take for them, and how long the first failure rests, in seconds. */
const TAKEN_SECONDS = 600;
const REST_SECONDS = 60;

/** Returns the job that deletes at vendors what people had kept there who were erased. What fails is tried again, at longer and longer intervals. */
export function createForgottenSweep(options: DeleteForgottenOptions): (signal: AbortSignal) => Promise<void> {
  const { database, logger, onOutcome, onLag } = options;
  return async (signal) => {
    const objects = await takeDue(database, ROUND_MAX, TAKEN_SECONDS);
    for (const object of objects) {
      if (signal.aborted) break;
      try {
        const outcome = await deleteAtVendor(object, options);
        await deleted(database, object);
        onOutcome(outcome);
      } catch (err) {
        onOutcome('failed');
        const { credential_id: credentialId, kind } = object;
        logger.warn({ err, credentialId, kind }, 'what somebody kept who was erased is not deleted yet');
        await failed(database, object, REST_SECONDS);
      }
    }
    onLag(await oldestSeconds(database));
  };
}
