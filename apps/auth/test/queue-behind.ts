import { z } from 'zod';
import { waitFor } from '@turnpike/test-kit';
import type { Database, Db } from '../src/database.ts';

/** Locks of this database that somebody waits for, rows and transactions included. */
const WAITING = `SELECT 1 FROM pg_locks WHERE NOT granted AND (
  database = (SELECT oid FROM pg_database WHERE datname = current_database()) OR transactionid::text = $1)`;

const transaction = z.object({ id: z.string() });

/**
 * Makes a race certain instead of likely: takes locks in a transaction, starts calls that need them, and commits once all of them wait.
 * Whoever reads before waiting for its turn then acts on what is no longer so.
 */
export async function queueBehind<T>(
  database: Database,
  hold: (db: Db) => Promise<unknown>,
  start: () => readonly Promise<T>[],
): Promise<PromiseSettledResult<T>[]> {
  const { settled } = await database.transaction(async (db) => {
    await hold(db);
    const [own] = await db.many(transaction)`SELECT pg_current_xact_id()::xid::text AS id`;
    const calls = start();
    // In an object, so that the transaction does not wait for what waits for it.
    const pending = { settled: Promise.allSettled(calls) };
    await waitFor(async () => (await db.query(WAITING, own?.id)).length === calls.length);
    return pending;
  });
  return settled;
}
