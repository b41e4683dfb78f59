import { z } from 'zod';
import type { RevocationKind, RevocationNotice } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../domain/revocation.ts';

/** A process of a later release may have written a kind that this one does not know; whoever reads it decides what it means. */
const kindOfAnyRelease = z.custom<RevocationKind>((kind) => typeof kind === 'string');

/** A revocation, from the table and from the functions that record one. */
export const revocationRow = z.object({ id: z.bigint(), kind: kindOfAnyRelease, target_id: z.string(), at: z.date() });

/**
 * How far behind `since` the poll reads, in seconds: longer than any transaction that writes a revocation stays open.
 */
const OVERLAP_SECONDS = 10;

/** Marks revocations as published. */
export async function markPublished({ prisma }: Db, ids: readonly bigint[]): Promise<void> {
  await prisma.$executeRaw`UPDATE revocation SET published_at = now() WHERE id = ANY(${ids}::bigint[])`;
}

/** What is not published yet, oldest first. Nothing is locked: a relay that hangs with its rows must not keep them from another. */
export async function unpublished(db: Db, limit: number): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    SELECT id, kind, target_id, at FROM revocation WHERE published_at IS NULL ORDER BY id LIMIT ${limit}::int`;
}

const clock = z.object({ now: z.date() });

/** Revocations since a moment (with the overlap) in the order they were recorded, from `cursor` on, and how far the answer reaches. */
export async function revocationsSince(
  db: Db,
  since: string,
  cursor: string | undefined,
  limit: number,
): Promise<{ items: RevocationNotice[]; until: string; cursor: string | null }> {
  const { now } = await db.one(clock)`SELECT clock_timestamp() AS now`;
  // Ids and moments ascend together but for what was written at once, so the first of an earlier moment is where to begin.
  const rows = await db.many(revocationRow)`
    SELECT id, kind, target_id, at FROM revocation
     WHERE at >= ${since}::timestamptz - ${OVERLAP_SECONDS}::int * interval '1 second' AND id > ${BigInt(cursor ?? 0)}::bigint
       AND id >= (
         SELECT id FROM revocation
          WHERE at >= ${since}::timestamptz - 2 * ${OVERLAP_SECONDS}::int * interval '1 second' ORDER BY at LIMIT 1)
     ORDER BY id LIMIT ${limit + 1}::int`;
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { items: page.map(noticeOf), until: now.toISOString(), cursor: last?.id.toString() ?? null };
}

/** A revocation as edges read it. */
export function noticeOf({ kind, target_id: id, at }: RecordedRevocation): RevocationNotice {
  return { kind, id, at: at.toISOString() };
}
