import { setTimeout as sleep } from 'node:timers/promises';
import { TurnpikeError, type Operations, type Turnpike } from '@turnpike/client';

const POLL_MS = 500;

type Verification = Operations['credits.adminGetLedger']['answers']['verification'];

/** The verification did not come to its end; the message says where to look. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/**
 * Verifies the ledger now, or waits for the verification that is under way, and returns what it found. However long that takes: it reads the
 * whole ledger. Throws `UnfinishedError`, and what the API refuses.
 */
export async function verifyLedger(client: Turnpike, reason: string): Promise<Verification['invariants']> {
  const read = async (): Promise<Verification> => (await client.call('credits.adminGetLedger')).verification;
  const before = await read();
  try {
    await client.call('credits.adminVerifyLedger', { body: { reason } });
  } catch (error) {
    // One that somebody else began does as well.
    if (!(error instanceof TurnpikeError && error.code === 'resource.conflict')) throw error;
  }
  let now = await read();
  while (now.running) {
    await sleep(POLL_MS);
    now = await read();
  }
  if (now.checked_at === before.checked_at)
    throw new UnfinishedError("The verification did not come to its end: credits' log says why.");
  return now.invariants;
}

/** Whether an answer of `verifyLedger` names an invariant that is broken. */
export function isBroken(answer: unknown): boolean {
  return (answer as Verification['invariants']).some(({ violations }) => violations > 0);
}
