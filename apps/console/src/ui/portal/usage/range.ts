/** How far back usage is looked at. */
export const RANGES = [
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
] as const;
export type Range = (typeof RANGES)[number][0];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS_MS: Readonly<Record<Range, number>> = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS };

export type Interval = 'hour' | 'day';

/** The query of a range: whole intervals, so that the same range asks the same for an hour. */
export function periodOf(
  range: Range,
  nowMs: number,
): { readonly from: string; readonly to: string; readonly interval: Interval } {
  const interval = range === '24h' ? 'hour' : 'day';
  const stepMs = interval === 'hour' ? HOUR_MS : DAY_MS;
  const toMs = Math.ceil(nowMs / stepMs) * stepMs;
  return { from: new Date(toMs - LENGTHS_MS[range]).toISOString(), to: new Date(toMs).toISOString(), interval };
}

/** Every interval of a period, with the sums of those that had requests. */
export function filled<T extends { readonly bucket: string }>(
  series: readonly T[],
  { from, to, interval }: { readonly from: string; readonly to: string; readonly interval: Interval },
  none: (bucket: string) => T,
): readonly T[] {
  const stepMs = interval === 'hour' ? HOUR_MS : DAY_MS;
  const known = new Map(series.map((sums) => [Date.parse(sums.bucket), sums]));
  const all: T[] = [];
  for (let atMs = Date.parse(from); atMs < Date.parse(to); atMs += stepMs)
    all.push(known.get(atMs) ?? none(new Date(atMs).toISOString()));
  return all;
}
