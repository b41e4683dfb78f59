import { withClient, withDatabase } from '@turnpike/migrate';
import { DATABASES } from './population.ts';

/** Rows that full scans of our tables have read so far, by database and table. Sessions tell the server about once a second. */
export async function rowsScanned(serverUrl: string): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  for (const name of DATABASES) {
    await withClient({ connectionString: withDatabase(serverUrl, name) }, async (client) => {
      const result = await client.query<{ table: string; rows: string }>(
        'SELECT relname AS table, coalesce(seq_tup_read, 0) AS rows FROM pg_stat_user_tables',
      );
      for (const one of result.rows) rows.set(`${name}.${one.table}`, Number(one.rows));
    });
  }
  return rows;
}

/** What was scanned between two readings; tables that were not are left out. */
export function scannedBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...after].map(([table, rows]) => [table, rows - (before.get(table) ?? 0)] as const).filter(([, rows]) => rows > 0),
  );
}
