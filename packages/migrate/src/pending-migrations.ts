import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { migrationsFolderOf, type MigratedApp } from './apps.ts';

/** The names of an app's migrations that a database has not seen. Changes nothing; throws where the database was never migrated. */
export async function pendingMigrations(client: pg.Client, app: MigratedApp): Promise<string[]> {
  const entries = await readdir(migrationsFolderOf(app), { withFileTypes: true });
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(rows.map((row) => row.migration_name));
  return entries
    .filter((entry) => entry.isDirectory() && !applied.has(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}
