import type { RevocationNotice } from '@turnpike/contracts';
import type { Query } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../domain/revocation.ts';

/**
 * How far behind `since` the poll reads, in seconds: longer than any transaction that writes a revocation stays open.
 */
const OVERLAP_SECONDS = 10;

/** Marks revocations as published. */
export async function markPublished(query: Query, ids: readonly bigint[]): Promise<void> {
  await query('UPDATE revocation SET published_at = now() WHERE id = ANY($1::bigint[])', ids);
}

/** What is not published yet, oldest first. Nothing is locked: a relay that hangs with its rows must not keep them from another. */
export async function unpublished(query: Query, limit: number): Promise<RecordedRevocation[]> {
  return query<RecordedRevocation>(
    'SELECT id, kind, target_id, at FROM revocation WHERE published_at IS NULL ORDER BY id LIMIT $1::int',
    limit,
  );
}

/** Revocations since a moment (with the overlap) in the order they were recorded, from `cursor` on, and how far the answer reaches. */
export async function revocationsSince(
  query: Query,
  since: string,
  cursor: string | undefined,
  limit: number,
): Promise<{ items: RevocationNotice[]; until: string; cursor: string | null }> {
  const [clock] = await query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const rows = await query<RecordedRevocation>(
    // Ids and moments ascend together but for what was written at once, so the first of an earlier moment is where to begin.
    `SELECT id, kind, target_id, at FROM revocation
      WHERE at >= $1::timestamptz - $2::int * interval '1 second' AND id > $3::bigint
        AND id >= (SELECT id FROM revocation WHERE at >= $1::timestamptz - 2 * $2::int * interval '1 second' ORDER BY at LIMIT 1)
      ORDER BY id LIMIT $4::int`,
    since,
    OVERLAP_SECONDS,
    BigInt(cursor ?? 0),
    limit + 1,
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { items: page.map(noticeOf), until: clock?.now.toISOString() ?? since, cursor: last?.id.toString() ?? null };
}

/** A revocation as edges read it. */
export function noticeOf({ kind, target_id: id, at }: RecordedRevocation): RevocationNotice {
  return { kind, id, at: at.toISOString() };
}
