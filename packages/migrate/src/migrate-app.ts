import { createDatabaseIfMissing, withMigrationLock } from './admin-connection.ts';
import { databaseOf, functionsFolderOf, migrationsFolderOf } from './apps.ts';
import type { MigratedApp } from './apps.ts';
import { withClient } from './client.ts';
import { withDatabase } from './database-url.ts';
import { refuseEarlierDatabase } from './earlier-database.ts';
import { applyMigrations } from './engine.ts';
import { applyFunctions } from './functions.ts';
import { laterMigrations } from './later-migrations.ts';
import { ensureServiceLogin } from './service-login.ts';
import { closeToOthers, ensureServiceRole } from './service-role.ts';

/** What to migrate, and where. */
export interface MigrateAppOptions {
  readonly app: MigratedApp;
  /** The server, with a login that owns the database or may create it. A database named in it is used for maintenance. */
  readonly databaseUrl: string;
  /** Default: the app's own name for its database, such as `turnpike_credits`. */
  readonly databaseName?: string;
  /** How the app will connect; the login that it names is made ready. Without it none is made. */
  readonly serviceUrl?: string;
}

/** What a migration did. */
export interface MigrateAppResult {
  readonly databaseName: string;
  /** Names of the migrations that this call applied; empty when the database was up to date. */
  readonly applied: string[];
  /** Migrations of a later release that the database has. Its functions are then left as that release wrote them. */
  readonly later: string[];
  /** Whether the functions were brought to the text of their files. */
  readonly functionsApplied: boolean;
  /** What somebody with more rights should do. */
  readonly advice: string | undefined;
}

/**
 * Creates what is missing of an app's role, database and login, and applies its committed migrations and then its functions. Safe to run
 * from several processes at once, and again at any time. Throws `EarlierDatabaseError` for a database of before the baseline.
 */
export async function migrateApp(options: MigrateAppOptions): Promise<MigrateAppResult> {
  const { databaseName: usualName, role, urlVariable } = databaseOf(options.app);
  const databaseName = options.databaseName ?? usualName;
  const databaseUrl = withDatabase(options.databaseUrl, databaseName);
  const folder = migrationsFolderOf(options.app);
  return await withMigrationLock(options.databaseUrl, async (client) => {
    await ensureServiceRole(client, role);
    await createDatabaseIfMissing(client, databaseName);
    await refuseEarlierDatabase(databaseUrl, databaseName, folder);
    const applied = await applyMigrations(databaseUrl, folder);
    const later = await laterMigrations(databaseUrl, folder);
    // On the way back programs of both releases run: those of the later one need its functions, and the others go on with them.
    const functionsApplied = later.length === 0 && (await applyFunctions(databaseUrl, functionsFolderOf(options.app)));
    const advice = await withClient(
      { connectionString: databaseUrl, application_name: 'turnpike-migrate' },
      async (database) => {
        const stillOpen = await closeToOthers(database, role);
        const { serviceUrl: url } = options;
        if (url) await ensureServiceLogin(database, databaseUrl, { variable: urlVariable, url, role });
        return stillOpen;
      },
    );
    return { databaseName, applied, later, functionsApplied, advice };
  });
}
