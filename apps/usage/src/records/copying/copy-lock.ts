import { z } from 'zod';
import type { Database } from '../../database.ts';

/** How often the lock's connection is used, so that nobody on the way closes it for its silence, in milliseconds. */
const BEAT_MS = 15_000;

const locked = z.object({ locked: z.boolean() });

/**
 * Runs `work` while no other copy does; `undefined` where one does. The lock is that of a transaction, which a pooler leaves on its connection, and which
 * stays open until `work` ends: it has no snapshot, so vacuum goes on. `signal` is aborted, with the reason, once that connection is lost.
 */
export function whileAlone<T>(
  locks: Database,
  work: (signal: AbortSignal) => Promise<T>,
  beatMs = BEAT_MS,
): Promise<T | undefined> {
  return locks.transaction(async (db) => {
    const { locked: mine } = await db.one(locked)`
      SELECT pg_try_advisory_xact_lock(hashtext('usage copy')) AS locked, set_config('idle_in_transaction_session_timeout', '0', true)`;
    if (!mine) return undefined;
    const lost = new AbortController();
    const beat = setInterval(() => {
      db.prisma.$executeRaw`SELECT 1`.catch((error: unknown) => lost.abort(error));
    }, beatMs);
    try {
      return await work(lost.signal);
    } finally {
      clearInterval(beat);
    }
  });
}
