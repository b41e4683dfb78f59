import { ARCHIVE_SETTLING_MS } from '@turnpike/contracts';
import type { RecordRow } from '../domain/record-row.ts';

const HOUR_MS = 3_600_000;
/** How long after the end of its hour a record is late, in milliseconds: before the hour is archived, by as long as storing it may take. */
const LATE_AFTER_MS = ARCHIVE_SETTLING_MS - 60_000;

/** A record that is late, as it is noted. */
interface LateRow {
  readonly id: string;
  readonly organisation_id: unknown;
  readonly at: string;
}

/** The rows of organisations whose hour may be archived by the time they are stored. */
function lateAmong(rows: readonly RecordRow[], nowMs: number): LateRow[] {
  return rows.flatMap(({ id, at, organisation_id: organisationId }) => {
    if (typeof organisationId !== 'string') return [];
    const hourEndsMs = (Math.floor(Date.parse(at) / HOUR_MS) + 1) * HOUR_MS;
    return nowMs > hourEndsMs + LATE_AFTER_MS ? [{ id, organisation_id: organisationId, at }] : [];
  });
}

/** The member of a batch that notes its late rows with it (`usage_append`); none where there are none. */
export function lateMember(rows: readonly RecordRow[]): { readonly d?: readonly LateRow[] } {
  const late = lateAmong(rows, Date.now());
  return late.length === 0 ? {} : { d: late };
}
