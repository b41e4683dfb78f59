const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const whole = new Intl.NumberFormat('en');

/** A moment as people say it: "3 minutes ago", "in 2 days". */
export function relativeTime(iso: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1_000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 0 ? 'in a moment' : 'just now';
  if (size < 45 * MINUTE_S) return relative.format(Math.round(seconds / MINUTE_S), 'minute');
  if (size < 22 * HOUR_S) return relative.format(Math.round(seconds / HOUR_S), 'hour');
  if (size < 300 * DAY_S) return relative.format(Math.round(seconds / DAY_S), 'day');
  return relative.format(Math.round(seconds / (365 * DAY_S)), 'year');
}

/** The exact moment in the viewer's zone, which it names. */
export function exactTime(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'long',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso));
}

/** The day of a moment in the viewer's zone. */
export function shortDate(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso));
}

/** A bucket of a series, as short as its interval allows. */
export function bucketTime(iso: string, interval: 'minute' | 'hour' | 'day', timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const date = new Date(iso);
  // Days are those of UTC, by which the sums are made.
  if (interval === 'day')
    return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(date);
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...zone,
  }).format(date);
}

/** The time of day of a moment of the last hours, to the minute. */
export function clockTime(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso));
}

/** A count with separators. */
export function count(value: number): string {
  return whole.format(value);
}

/** Credits as they stand in the books, with separators and as many decimals as they have. */
export function credits(value: number | string): string {
  const [integer = '0', decimals] = String(value).split('.');
  const grouped = `${integer.startsWith('-') ? '-' : ''}${whole.format(BigInt(integer.replace('-', '')))}`;
  const kept = decimals?.replace(/0+$/, '');
  return kept === undefined || kept === '' ? grouped : `${grouped}.${kept}`;
}

/** "1 credit", "2.5 credits". */
export function creditAmount(value: number | string): string {
  return `${credits(value)} ${Number(value) === 1 ? 'credit' : 'credits'}`;
}

/** What a plan costs: "$29.00 a month"; the amount is in the smallest unit of the currency. */
export function planPrice(
  price: { readonly amount: number; readonly currency: string; readonly period: string } | null,
): string {
  if (price === null) return 'free';
  const style = { style: 'currency', currency: price.currency.toUpperCase() } as const;
  const digits = new Intl.NumberFormat('en', style).resolvedOptions().maximumFractionDigits ?? 2;
  return `${new Intl.NumberFormat('en', style).format(price.amount / 10 ** digits)} a ${price.period}`;
}

/** "1 key", "2 keys". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A duration in milliseconds, in the unit that people read it in. */
export function duration(ms: number): string {
  if (ms < 10) return `${trimmed(ms, 1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimmed(ms / 1_000, 2)} s`;
  return `${trimmed(ms / 60_000, 1)} min`;
}

/** A length of time in seconds: "60 s", "5 min", "1 day". */
export function seconds(value: number): string {
  if (value < 120) return `${value} s`;
  if (value < 2 * HOUR_S) return `${Math.round(value / MINUTE_S)} min`;
  if (value < 2 * DAY_S) return `${Math.round(value / HOUR_S)} h`;
  return counted(Math.round(value / DAY_S), 'day');
}

/** Bytes in the unit that people read them in. */
export function bytes(value: number): string {
  if (value < 1_024) return `${value} B`;
  if (value < 1_048_576) return `${trimmed(value / 1_024, 1)} KiB`;
  return `${trimmed(value / 1_048_576, 1)} MiB`;
}

/** A share of a whole as a percentage. */
export function share(part: number, all: number): string {
  return all === 0 ? '0%' : `${trimmed((part / all) * 100, 1)}%`;
}

function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

/** Rows as a CSV file (RFC 4180). A cell that a spreadsheet would run as a formula is shown as text. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return `${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

function csvCell(value: string | number): string {
  const text =
    typeof value === 'string' && /^[=+\-@\t\r]/.test(value) && !/^-?\d+(?:\.\d+)?$/.test(value)
      ? `'${value}`
      : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
