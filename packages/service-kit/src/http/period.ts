import { USAGE_DAYS_MAX } from '@turnpike/contracts';
import { AppError } from './errors.ts';

const DAY_MS = 86_400_000;

/** A moment within those that there can be records of: what lies outside finds nothing, and databases have no year 0 or 10000. */
function within(moment: number): number {
  return Math.min(Math.max(moment, 0), Date.now() + DAY_MS);
}

/** The time that a request asks about; the last day unless it says. Throws 422 where it ends before it begins, or is longer than `daysMax`. */
export function periodOf(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  daysMax: number = USAGE_DAYS_MAX,
): { readonly from: Date; readonly to: Date } {
  const to = new Date(query.to === undefined ? Date.now() : within(Date.parse(query.to)));
  const from = new Date(within(query.from === undefined ? to.getTime() - DAY_MS : Date.parse(query.from)));
  if (from > to) throw invalid('query.from', 'Must not lie after to');
  if (to.getTime() - from.getTime() > daysMax * DAY_MS)
    throw invalid('query.from', `At most ${daysMax} days before to`);
  return { from, to };
}

function invalid(path: string, message: string): AppError {
  return new AppError('request.invalid', { detail: `${path}: ${message}.`, errors: [{ path, message }] });
}
