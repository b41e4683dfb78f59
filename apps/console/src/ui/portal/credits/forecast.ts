import { counted } from '../../design/format.ts';

/** Further away than this, a pace says nothing. */
const DAYS_MAX = 365;
/** Days whose pace counts. */
const PACE_DAYS = 7;

/** How long credits last at the pace of the last week, in words; an estimate, since nobody knows what will be called. `days`: what each day cost, oldest first. */
export function forecastOf(available: number, days: readonly number[]): string {
  const spent = days.slice(-PACE_DAYS).reduce((sum, cost) => sum + cost, 0);
  if (available <= 0) return 'Nothing is left to spend';
  if (spent <= 0) return `Nothing was charged in the last ${PACE_DAYS} days`;
  const left = Math.floor(available / (spent / PACE_DAYS));
  const lasts = left < 1 ? 'less than a day' : left > DAYS_MAX ? 'more than a year' : `about ${counted(left, 'day')}`;
  return `Estimate: ${lasts} at the pace of the last ${PACE_DAYS} days`;
}
