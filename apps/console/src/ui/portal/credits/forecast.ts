import { counted } from '../../design/format.ts';

/** Further away than this, a pace says nothing. */
const DAYS_MAX = 365;

/** How long credits last at the pace of the last days, in words; an estimate, since nobody knows what will be called. */
export function forecastOf(available: number, spent: number, days: number): string {
  if (available <= 0) return 'Nothing is left to spend';
  if (spent <= 0) return `Nothing was charged in the last ${days} days`;
  const left = Math.floor(available / (spent / days));
  const lasts = left < 1 ? 'less than a day' : left > DAYS_MAX ? 'more than a year' : `about ${counted(left, 'day')}`;
  return `Estimate: ${lasts} at the pace of the last ${days} days`;
}
