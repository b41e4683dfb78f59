import { inspectReservation } from '@turnpike/contracts';
import type { InternalHttp } from '@turnpike/ledger-client';
import { fillPath, type Logger } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { dueHolds, endSpend } from '../limits/stores/spend-store.ts';

const HOLDS_MAX = 100;
/** A hold that expired may still be charged, by a settlement that waits for credits: it is asked for again for so long, in milliseconds. */
const LATE_CHARGE_MS_MAX = 86_400_000;

export interface EndSpendHoldsOptions {
  readonly database: Database;
  readonly credits: InternalHttp;
  readonly logger: Logger;
  /** After how long a hold is asked for again, in seconds. */
  readonly checkSeconds: number;
}

/**
 * Returns the job that asks the ledger what became of holds of which no process has told: one that was killed, or that could not reach the
 * database. The ledger decides what a key has spent.
 */
export function createSpendHoldsSweep({
  database,
  credits,
  logger,
  checkSeconds,
}: EndSpendHoldsOptions): () => Promise<void> {
  return async () => {
    for (const { id, created_at: createdAt } of await dueHolds(database, checkSeconds, HOLDS_MAX)) {
      const answer = await credits.callRepeatably(fillPath(inspectReservation.path, { id }), undefined, {
        requestId: id,
      });
      // The ledger knows no hold of that name: its process was killed before it asked for one.
      const state = answer.status === 404 ? 'released' : undefined;
      const found =
        state === undefined ? inspectReservation.responses[200].parse(answer.body) : { state, charged_micro: null };
      if (found.state === 'open') continue;
      const final = found.state !== 'expired' || Date.now() - createdAt.getTime() > LATE_CHARGE_MS_MAX;
      await endSpend(database, id, BigInt(found.charged_micro ?? '0'), final);
      logger.info({ reservationId: id, state: found.state }, 'what a key spent was noted from the ledger');
    }
  };
}
