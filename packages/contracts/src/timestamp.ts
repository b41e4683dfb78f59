import { z } from 'zod';

/** Longest spelling of a timestamp that is read, in characters. */
const TIMESTAMP_CHARS_MAX = 48;

/**
 * A moment as a client may write it: RFC 3339 with `Z` or any offset, small letters too. Handlers get it in UTC, with `Z` and with the
 * precision it came in.
 */
export const givenTimestamp = z
  .string()
  .max(TIMESTAMP_CHARS_MAX)
  .transform(respelled)
  .pipe(z.iso.datetime({ offset: true, error: 'Must be a timestamp such as 2026-01-31T12:00:00Z' }))
  .transform((text, context) => {
    const utc = inUtc(text);
    if (utc !== undefined) return utc;
    context.addIssue({ code: 'custom', message: 'Must lie within the years 0001–9999' });
    return z.NEVER;
  })
  .meta({ format: 'date-time', description: 'RFC 3339, with `Z` or any offset.' });

/** Letters as RFC 3339 §5.6 lets them be, and the plus of an offset that a query string has made a space. */
function respelled(text: string): string {
  return text.replaceAll(/[tz]/g, (letter) => letter.toUpperCase()).replace(/ (?=\d\d:\d\d$)/, '+');
}

function inUtc(text: string): string | undefined {
  const [, time = '', fraction = '', offset = ''] = /^(.*?)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const utc = new Date(time + offset);
  const year = utc.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? `${utc.toISOString().slice(0, 19)}${fraction}Z` : undefined;
}
