import { createDatabaseIfMissing, withMigrationLock } from './admin-connection.ts';
import { databaseNameOf, functionsFolderOf, migrationsFolderOf } from './apps.ts';
import type { MigratedApp } from './apps.ts';
import { withDatabase } from './database-url.ts';
import { applyMigrations } from './engine.ts';
import { applyFunctions } from './functions.ts';

/** What to migrate, and where. */
export interface MigrateAppOptions {
  app: MigratedApp;
  /** The server, with credentials that may create databases and roles. A database named in it is used for maintenance. */
  databaseUrl: string;
  /** Default: the app's own name for its database, such as `turnpike_credits`. */
  databaseName?: string;
}

/** What a migration did. */
export interface MigrateAppResult {
  databaseName: string;
  /** Names of the migrations that this call applied; empty when the database was up to date. */
  applied: string[];
  /** Whether the functions were brought to the text of their files. */
  functionsApplied: boolean;
}

/**
 * Creates an app's database when it is missing, applies its committed migrations and then its functions. Safe to run from several
 * processes at once, and again at any time.
 */
export async function migrateApp(options: MigrateAppOptions): Promise<MigrateAppResult> {
  const databaseName = options.databaseName ?? databaseNameOf(options.app);
  const databaseUrl = withDatabase(options.databaseUrl, databaseName);
  const folder = migrationsFolderOf(options.app);
  return await withMigrationLock(options.databaseUrl, async (client) => {
    await createDatabaseIfMissing(client, databaseName);
    const applied = await applyMigrations(databaseUrl, folder);
    const functionsApplied = await applyFunctions(databaseUrl, functionsFolderOf(options.app));
    return { databaseName, applied, functionsApplied };
  });
}
