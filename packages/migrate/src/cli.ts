import { databaseOf, isMigratedApp, migratedApps } from './apps.ts';
import type { MigratedApp } from './apps.ts';
import { withDatabase } from './database-url.ts';
import { draftMigration } from './draft.ts';
import { dumpSchema } from './dump-schema.ts';
import { EarlierDatabaseError, exitEarlierDatabase } from './earlier-database.ts';
import { migrateApp } from './migrate-app.ts';

const usage = `Usage: npx -y pnpm@12 migrate …
  migrate [app…]            create the databases and apply the committed migrations (default: ${migratedApps.join(', ')})
  migrate draft <from> <to> print the SQL between two Prisma schemas (files or folders; "empty" for a new database)
  migrate dump <app>        print the schema of an app's migrated database, as its prisma/schema.sql holds it

DATABASE_URL names the server. DATABASE_NAME overrides the database's name when exactly one app is given.
How each app will connect, with the login that is made ready for it:
${migratedApps.map((app) => databaseOf(app).urlVariable).join(', ')}`;

async function main(args: readonly string[]): Promise<void> {
  const [command] = args;
  if (command === 'draft') return await draft(args.slice(1));
  if (command === 'dump') return await dump(args.slice(1));
  if (command === '--help' || command === '-h') return print(usage);
  await migrate(args);
}

async function draft(args: readonly string[]): Promise<void> {
  const [from, to, ...rest] = args;
  if (from === undefined || to === undefined || rest.length > 0) throw new Error(usage);
  print(await draftMigration(from, to));
}

async function dump(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || rest.length > 0) throw new Error(usage);
  const { databaseUrl, databaseName } = settings();
  process.stdout.write(
    await dumpSchema(withDatabase(databaseUrl, databaseName || databaseOf(parseApp(name)).databaseName)),
  );
}

/** Where the databases are, as the environment says. */
function settings(): { databaseUrl: string; databaseName: string | undefined } {
  const { DATABASE_URL: databaseUrl, DATABASE_NAME: databaseName } = process.env;
  if (databaseUrl === undefined || databaseUrl === '')
    throw new Error('DATABASE_URL is not set: it names the PostgreSQL server');
  return { databaseUrl, databaseName };
}

async function migrate(names: readonly string[]): Promise<void> {
  const { databaseUrl, databaseName } = settings();
  const apps = names.length === 0 ? migratedApps : names.map(parseApp);
  if (databaseName && apps.length !== 1) throw new Error('DATABASE_NAME needs exactly one app on the command line');
  for (const app of apps) {
    const serviceUrl = process.env[databaseOf(app).urlVariable];
    const result = await migrateApp({
      app,
      databaseUrl,
      ...(databaseName ? { databaseName } : {}),
      ...(serviceUrl ? { serviceUrl } : {}),
    });
    const done = [...result.applied, ...(result.functionsApplied ? ['functions'] : [])];
    print(`${result.databaseName}: ${done.length === 0 ? 'up to date' : `applied ${done.join(', ')}`}`);
    if (result.later.length > 0)
      print(`  A later release has been here (${result.later.join(', ')}): its functions are left as they are.`);
    if (result.advice !== undefined) print(`  ${result.advice}`);
  }
}

function parseApp(name: string): MigratedApp {
  if (!isMigratedApp(name)) throw new Error(`"${name}" has no database. Known: ${migratedApps.join(', ')}`);
  return name;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof EarlierDatabaseError ? exitEarlierDatabase : 1;
}
// The engine leaves a timer of ten seconds behind, which would keep the process waiting.
process.exit();
