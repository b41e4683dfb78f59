import { AppError } from '@turnpike/service-kit';

const DAY_MS = 86_400_000;

/** When a key ends at the latest, as RFC 3339; null without a bound. */
export function latestExpiry(daysMax: number | null, nowMs: number): string | null {
  return daysMax === null ? null : new Date(nowMs + daysMax * DAY_MS).toISOString();
}

/**
 * The expiry of a key of an organisation that bounds the life of keys: as it is wanted, and without a wish the latest there may be. Throws 422
 * for a later one.
 */
export function boundExpiry(wanted: string | null | undefined, daysMax: number | null, nowMs: number): string | null {
  const latest = latestExpiry(daysMax, nowMs);
  if (wanted === undefined || wanted === null) return latest;
  if (latest !== null && Date.parse(wanted) > Date.parse(latest)) throw tooLong('body.expires_at', daysMax);
  return wanted;
}

/** The same for a change, where null would take the bound away and `undefined` leaves what is there. */
export function requireBoundExpiry(wanted: string | null | undefined, daysMax: number | null, nowMs: number): void {
  if (wanted === null && daysMax !== null) throw tooLong('body.expires_at', daysMax);
  if (wanted !== undefined) boundExpiry(wanted, daysMax, nowMs);
}

/** The same for a life in days. */
export function boundLifeDays(wanted: number | null, daysMax: number | null): number | null {
  if (wanted === null || daysMax === null) return wanted ?? daysMax;
  if (wanted > daysMax) throw tooLong('body.expires_in_days', daysMax);
  return wanted;
}

function tooLong(path: string, daysMax: number | null): AppError {
  const message = `The organisation's keys live ${daysMax} days at most`;
  return new AppError('request.invalid', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
