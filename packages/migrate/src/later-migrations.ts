import { readdir } from 'node:fs/promises';
import { withClient } from './client.ts';

/**
 * The names of migrations that the database has and that come after all of ours: a later release has been here, whose programs may be running.
 *
 * @param folder the app's committed migrations, which are applied
 */
export async function laterMigrations(databaseUrl: string, folder: string): Promise<string[]> {
  const newest = (await readdir(folder))
    .filter((name) => /^\d{14}_/.test(name))
    .sort()
    .at(-1);
  return await withClient({ connectionString: databaseUrl, application_name: 'turnpike-migrate' }, async (client) => {
    const { rows } = await client.query<{ migration_name: string }>(
      `SELECT migration_name FROM _prisma_migrations
        WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND migration_name COLLATE "C" > $1 ORDER BY 1`,
      [newest],
    );
    return rows.map((row) => row.migration_name);
  });
}
