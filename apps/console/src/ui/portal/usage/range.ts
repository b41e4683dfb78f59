/** How far back usage is looked at. */
export const RANGES = [
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['custom', 'Custom'],
] as const;
export type Range = (typeof RANGES)[number][0];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS_MS: Readonly<Record<Exclude<Range, 'custom'>, number>> = {
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};

export type Interval = 'hour' | 'day';

/** A time that is looked at, in whole intervals. */
export interface Period {
  readonly from: string;
  readonly to: string;
  readonly interval: Interval;
}

/** Sums by hour are kept for a month; more points than these are no help to the eye either. */
const HOURLY_DAYS_MAX = 3;
/** Sums by day reach this far back. */
const DAYS_MAX = 400;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The query of a range: whole intervals, so that the same range asks the same for an hour. */
export function periodOf(range: Exclude<Range, 'custom'>, nowMs: number): Period {
  const interval = range === '24h' ? 'hour' : 'day';
  const stepMs = interval === 'hour' ? HOUR_MS : DAY_MS;
  const toMs = Math.ceil(nowMs / stepMs) * stepMs;
  return { from: new Date(toMs - LENGTHS_MS[range]).toISOString(), to: new Date(toMs).toISOString(), interval };
}

/** The query of days of one's choice, both included, as days of UTC; `undefined` where they are none, or not in this order. */
export function periodOfDays(from: string | undefined, to: string | undefined): Period | undefined {
  const [fromMs, lastMs] = [dayMs(from), dayMs(to)];
  if (fromMs === undefined || lastMs === undefined || lastMs < fromMs) return undefined;
  const days = (lastMs - fromMs) / DAY_MS + 1;
  if (days > DAYS_MAX) return undefined;
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(lastMs + DAY_MS).toISOString(),
    interval: days <= HOURLY_DAYS_MAX ? 'hour' : 'day',
  };
}

function dayMs(day: string | undefined): number | undefined {
  if (day === undefined || !DAY.test(day)) return undefined;
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A moment's day in UTC, as a field of dates has it. */
export function dayOf(iso: string): string {
  return iso.slice(0, 10);
}

/** Every interval of a period, with the sums of those that had requests. */
export function filled<T extends { readonly bucket: string }>(
  series: readonly T[],
  { from, to, interval }: Period,
  none: (bucket: string) => T,
): readonly T[] {
  const stepMs = interval === 'hour' ? HOUR_MS : DAY_MS;
  const known = new Map(series.map((sums) => [Date.parse(sums.bucket), sums]));
  const all: T[] = [];
  for (let atMs = Date.parse(from); atMs < Date.parse(to); atMs += stepMs)
    all.push(known.get(atMs) ?? none(new Date(atMs).toISOString()));
  return all;
}
