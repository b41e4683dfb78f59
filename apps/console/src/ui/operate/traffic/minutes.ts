/** How far back traffic is looked at. */
export const RANGES = [
  ['5m', '5 minutes'],
  ['15m', '15 minutes'],
  ['60m', 'an hour'],
] as const;
/** The minutes of a range. */
export const MINUTES: Readonly<Record<(typeof RANGES)[number][0], number>> = { '5m': 5, '15m': 15, '60m': 60 };

const MINUTE_MS = 60_000;

/** Every minute of a time, with the sums of those that had requests. */
export function everyMinute<T extends { readonly minute: string }>(
  series: readonly T[],
  { from, to }: { readonly from: string; readonly to: string },
  none: (minute: string) => T,
): readonly T[] {
  const known = new Map(series.map((sums) => [Date.parse(sums.minute), sums]));
  const all: T[] = [];
  for (let atMs = Date.parse(from); atMs < Date.parse(to); atMs += MINUTE_MS)
    all.push(known.get(atMs) ?? none(new Date(atMs).toISOString()));
  return all;
}

/** How many a second, over the whole of a time: "12/s", or "3/min" where that would be less than one. */
export function rate(requests: number, { from, to }: { readonly from: string; readonly to: string }): string {
  const seconds = Math.max(1, (Date.parse(to) - Date.parse(from)) / 1_000);
  const perSecond = requests / seconds;
  if (perSecond >= 10) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  const perMinute = perSecond * 60;
  return `${perMinute >= 10 || Number.isInteger(perMinute) ? Math.round(perMinute) : perMinute.toFixed(1)}/min`;
}
