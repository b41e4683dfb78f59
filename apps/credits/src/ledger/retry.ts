import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@turnpike/service-kit';

/** Attempts of a statement that lost a race. */
const ATTEMPTS_MAX = 6;
/** Longest pause before the second attempt, in milliseconds; doubles with each. */
const PAUSE_MS_MAX = 4;
/** How deep an error's causes are followed. */
const DEPTH_MAX = 6;

/** serialization_failure and deadlock_detected: PostgreSQL undid the statement, and repeating it is the remedy. */
const LOST_RACE = new Set(['40001', '40P01']);

/** Whether the statement was undone because of others and may be repeated as it is. Prisma wraps the driver's error in its own. */
export function isLostRace(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  const { code, originalCode, kind, cause, meta } = error as Record<string, unknown>;
  if ([code, originalCode].some((value) => typeof value === 'string' && LOST_RACE.has(value))) return true;
  if (kind === 'TransactionWriteConflict') return true;
  const driver =
    typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)['driverAdapterError'] : undefined;
  return isLostRace(cause, depth + 1) || isLostRace(driver, depth + 1);
}

/**
 * Runs a statement, again where it lost a race, a bounded number of times with growing random pauses. What still loses then is 503: the
 * caller's request was not at fault and may be repeated.
 */
export async function retryLostRaces<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isLostRace(error)) throw error;
      if (attempt >= ATTEMPTS_MAX) throw unavailable('The ledger', error);
      await sleep(Math.random() * PAUSE_MS_MAX * 2 ** attempt);
    }
  }
}
