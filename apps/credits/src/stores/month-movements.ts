import type { InspectionStore } from './inspection-store.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;
/** How long after its end a day may still gain entries, in milliseconds: those of transactions that began before midnight. */
const SETTLING_MS = 3_600_000;

/** What was granted and spent, in micro-credits. */
export interface Movements {
  readonly granted: bigint;
  readonly spent: bigint;
}

/**
 * Sums of the last 30 days (UTC), the present one included. Entries are never changed, so the sum of a day that is over is read once; afterwards only the
 * present day is.
 */
export function createMonthMovements(
  between: InspectionStore['movementsBetween'],
): (nowMs: number) => Promise<Movements> {
  const known = new Map<number, Movements>();
  return async (nowMs) => {
    const today = Math.floor(nowMs / DAY_MS);
    let [granted, spent] = [0n, 0n];
    for (let day = today - DAYS + 1; day <= today; day += 1) {
      const until = (day + 1) * DAY_MS;
      const moved = known.get(day) ?? (await between(day * DAY_MS, until));
      if (nowMs >= until + SETTLING_MS) known.set(day, moved);
      granted += moved.granted;
      spent += moved.spent;
    }
    for (const day of known.keys()) if (day <= today - DAYS) known.delete(day);
    return { granted, spent };
  };
}
