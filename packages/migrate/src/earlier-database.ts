import { readdir } from 'node:fs/promises';
import { openClient } from './client.ts';

/** Exit code of the command for an `EarlierDatabaseError`, by which a caller in another process knows it. */
export const exitEarlierDatabase = 3;

/** A database that no committed migration leads on from. Its message says what to do, in one sentence. */
export class EarlierDatabaseError extends Error {
  override readonly name = 'EarlierDatabaseError';
}

/**
 * Throws `EarlierDatabaseError` where the database was made by migrations of before the committed baseline: nothing
 * carries those over, and applying the baseline to it would fail at the first table that is there already.
 *
 * @param folder the app's committed migrations; the first of them is the baseline
 */
export async function refuseEarlierDatabase(databaseUrl: string, databaseName: string, folder: string): Promise<void> {
  const [baseline] = (await readdir(folder)).filter((name) => /^\d{14}_/.test(name)).sort();
  const client = await openClient({ connectionString: databaseUrl, application_name: 'turnpike-migrate' });
  try {
    const { rows: tables } = await client.query(
      "SELECT FROM pg_class WHERE oid = to_regclass('public._prisma_migrations')",
    );
    if (tables.length === 0) return;
    const { rows } = await client.query<{ earlier: boolean }>(
      `SELECT count(*) > 0 AND count(*) FILTER (WHERE migration_name = $1) = 0 AS earlier
         FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
      [baseline],
    );
    if (rows[0]?.earlier === true)
      throw new EarlierDatabaseError(
        `The database ${databaseName} was made by an earlier version, which this one cannot carry over: drop it, or name another server in DATABASE_URL.`,
      );
  } finally {
    await client.end();
  }
}
