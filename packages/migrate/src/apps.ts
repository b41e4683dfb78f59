import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What belongs to an app that owns a database. */
interface OwnDatabase {
  /** The database it uses unless `DATABASE_NAME` says otherwise. */
  readonly databaseName: string;
  /** What it may do; it takes this role when it connects (`poolOptions` in its `stores/database.ts`). */
  readonly role: string;
  /** The variable with the URL by which it connects. */
  readonly urlVariable: string;
}

/** Every app that owns a database, in the order the migrations run. */
const databases = {
  auth: { databaseName: 'turnpike_auth', role: 'turnpike_auth_service', urlVariable: 'AUTH_DATABASE_URL' },
  users: { databaseName: 'turnpike_users', role: 'turnpike_users_service', urlVariable: 'USERS_DATABASE_URL' },
  credits: { databaseName: 'turnpike_credits', role: 'turnpike_credits_service', urlVariable: 'CREDITS_DATABASE_URL' },
  usage: { databaseName: 'turnpike_usage', role: 'turnpike_usage_service', urlVariable: 'USAGE_DATABASE_URL' },
  llm: { databaseName: 'turnpike_llm', role: 'turnpike_llm_service', urlVariable: 'LLM_DATABASE_URL' },
  'example-downstream': {
    databaseName: 'turnpike_example',
    role: 'turnpike_example_service',
    urlVariable: 'EXAMPLE_DATABASE_URL',
  },
} as const satisfies Record<string, OwnDatabase>;

/** The name of an app that owns a database (its folder under `apps/`). */
export type MigratedApp = keyof typeof databases;

/** The apps that own a database. */
export const migratedApps: readonly MigratedApp[] = ['auth', 'users', 'credits', 'usage', 'llm', 'example-downstream'];

/** Whether `name` is the folder of an app that owns a database. */
export function isMigratedApp(name: string): name is MigratedApp {
  return Object.hasOwn(databases, name);
}

/** The database of an app, and who opens it. */
export function databaseOf(app: MigratedApp): OwnDatabase {
  return databases[app];
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
