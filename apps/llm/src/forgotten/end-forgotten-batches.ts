import type { HoldTools } from '@turnpike/ledger-client';
import type { Logger } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { endSpend } from '../limits/stores/spend-store.ts';
import { endAtVendor, type EndingTools } from './end-at-vendor.ts';
import {
  batchDeleted,
  batchFailed,
  batchWaits,
  heldNoMore,
  takeDueBatches,
  type ForgottenBatch,
} from './stores/forgotten-batches.ts';

export interface EndForgottenOptions extends EndingTools {
  readonly database: Database;
  readonly holds: HoldTools;
  readonly logger: Logger;
  /** How soon a batch that is being cancelled is looked at again, in seconds. */
  readonly pollSeconds: number;
  /** What became of a batch: it is deleted, was gone, or may still be there. */
  readonly onOutcome: (outcome: 'deleted' | 'gone' | 'failed') => void;
}

/** Batches of one round. */
const ROUND_MAX = 16;
/** How long a process that took batches may take for them, and how long the first failure rests, in seconds. */
const TAKEN_SECONDS = 600;
const REST_SECONDS = 60;

/**
 * Returns the job that returns what batches of people hold who were erased, cancels them and deletes what is left. Neither waits for the other; what fails is
 * tried again, at longer and longer intervals.
 */
export function createForgottenBatchesSweep(options: EndForgottenOptions): (signal: AbortSignal) => Promise<void> {
  const { database } = options;
  return async (signal) => {
    for (const batch of await takeDueBatches(database, ROUND_MAX, TAKEN_SECONDS)) {
      if (signal.aborted) break;
      await end(batch, options);
    }
  };
}

async function end(batch: ForgottenBatch, options: EndForgottenOptions): Promise<void> {
  const { database, logger, onOutcome, pollSeconds } = options;
  const { id, credentialId, vendorId } = batch;
  const [returned, ended] = await Promise.allSettled([giveBack(batch, options), endAtVendor(batch, options)]);
  const failure = [returned, ended].find((each) => each.status === 'rejected');
  if (ended.status === 'rejected' || failure !== undefined) {
    onOutcome('failed');
    logger.warn(
      { err: failure?.reason as unknown, batchId: id, credentialId, vendorId },
      'a batch of somebody who was erased is not ended yet',
    );
    await batchFailed(database, id, REST_SECONDS);
    return;
  }
  if (ended.value === 'waits') return batchWaits(database, id, pollSeconds);
  await batchDeleted(database, id);
  onOutcome(ended.value);
}

/** What it was to cost is nobody's to pay any more. Throws while credits does not answer. */
async function giveBack({ id, holdId, spendId }: ForgottenBatch, { database, holds }: EndForgottenOptions) {
  if (holdId === null && spendId === null) return;
  const cause = { requestId: id };
  if (holdId !== null)
    await holds.settlements.tell({ id: holdId, userId: '', resolution: { action: 'release' }, cause });
  if (spendId !== null) await endSpend(database, spendId, 0n, true);
  await heldNoMore(database, id);
}
