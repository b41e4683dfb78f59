import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs, unavailable } from '@turnpike/service-kit';

/** Attempts of a statement that was undone by a deadlock or a serialization failure. */
const ATTEMPTS_MAX = 6;
/** Upper ends of the random pauses before the second attempt, and before any, in milliseconds. */
const FIRST_PAUSE_MS_MAX = 8;
const PAUSE_MS_MAX = 128;
/** How deep an error's causes are followed. */
const DEPTH_MAX = 6;

/** `serialization_failure` and `deadlock_detected`: PostgreSQL undid the statement, and repeating it is the remedy. */
const LOST_RACE = new Set(['40001', '40P01']);

/** Whether the statement was undone because of others and may be repeated as it is. Prisma wraps the driver's error in its own. */
export function isUndone(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  const { code, originalCode, kind, cause, meta } = error as Record<string, unknown>;
  if ([code, originalCode].some((value) => typeof value === 'string' && LOST_RACE.has(value))) return true;
  if (kind === 'TransactionWriteConflict') return true;
  const driver =
    typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)['driverAdapterError'] : undefined;
  return isUndone(cause, depth + 1) || isUndone(driver, depth + 1);
}

/**
 * Runs a statement, and again where it was undone, a bounded number of times with growing random pauses. What still
 * fails then is 503: the caller's request was not at fault.
 */
export async function retryUndone<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isUndone(error)) throw error;
      if (attempt >= ATTEMPTS_MAX) throw unavailable('The ledger', error);
      await sleep(Math.random() * backOffMs(attempt, FIRST_PAUSE_MS_MAX, PAUSE_MS_MAX));
    }
  }
}
