import type { CopiedUnit } from './copying/copyable-store.ts';

const DAY_MS = 86_400_000;
/** How long sums are kept: those by minute, and those by hour and day, in days. */
const MINUTES_DAYS = 3;
export const SUMS_DAYS = 400;

/** The moment before which nothing of a unit is kept. */
export function keptSince(unit: CopiedUnit, recordsDays: number): Date {
  const days = unit === 'record' ? recordsDays : unit === 'minute' ? MINUTES_DAYS : SUMS_DAYS;
  return new Date(Date.now() - days * DAY_MS);
}
