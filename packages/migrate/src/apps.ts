import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Every app that owns a database, in the order the migrations run, with the database's default name. */
const databaseNames = {
  auth: 'turnpike_auth',
  users: 'turnpike_users',
  credits: 'turnpike_credits',
  'example-downstream': 'turnpike_example',
} as const;

/** The name of an app that owns a database (its folder under `apps/`). */
export type MigratedApp = keyof typeof databaseNames;

/** The apps that own a database. */
export const migratedApps: readonly MigratedApp[] = ['auth', 'users', 'credits', 'example-downstream'];

/** Whether `name` is the folder of an app that owns a database. */
export function isMigratedApp(name: string): name is MigratedApp {
  return Object.hasOwn(databaseNames, name);
}

/** The database an app uses unless `DATABASE_NAME` says otherwise. */
export function databaseNameOf(app: MigratedApp): string {
  return databaseNames[app];
}

/** The folder with an app's committed migrations (`<timestamp>_<name>/migration.sql`); throws when the app has none. */
export function migrationsFolderOf(app: MigratedApp): string {
  const folder = fileURLToPath(new URL(`../../../apps/${app}/prisma/migrations`, import.meta.url));
  if (!existsSync(folder))
    throw new Error(`${app} has no migrations: ${path.relative(process.cwd(), folder)} is missing`);
  return folder;
}

/** The folder with an app's SQL functions (`<topic>/<function>.sql`). An app without functions has none. */
export function functionsFolderOf(app: MigratedApp): string {
  return fileURLToPath(new URL(`../../../apps/${app}/prisma/functions`, import.meta.url));
}
