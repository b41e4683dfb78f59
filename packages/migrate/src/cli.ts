import { isMigratedApp, migratedApps } from './apps.ts';
import type { MigratedApp } from './apps.ts';
import { draftMigration } from './draft.ts';
import { migrateApp } from './migrate-app.ts';

const usage = `Usage:
  migrate [app…]            create the databases and apply the committed migrations (default: ${migratedApps.join(', ')})
  migrate draft <from> <to> print the SQL between two Prisma schemas (files or folders; "empty" for a new database)

DATABASE_URL names the server. DATABASE_NAME overrides the database's name when exactly one app is given.`;

async function main(args: readonly string[]): Promise<void> {
  const [command] = args;
  if (command === 'draft') return await draft(args.slice(1));
  if (command === '--help' || command === '-h') return print(usage);
  await migrate(args);
}

async function draft(args: readonly string[]): Promise<void> {
  const [from, to, ...rest] = args;
  if (from === undefined || to === undefined || rest.length > 0) throw new Error(usage);
  print(await draftMigration(from, to));
}

async function migrate(names: readonly string[]): Promise<void> {
  const { DATABASE_URL: databaseUrl, DATABASE_NAME: databaseName } = process.env;
  if (databaseUrl === undefined || databaseUrl === '')
    throw new Error('DATABASE_URL is not set: it names the PostgreSQL server');
  const apps = names.length === 0 ? migratedApps : names.map(parseApp);
  if (databaseName && apps.length !== 1) throw new Error('DATABASE_NAME needs exactly one app on the command line');
  for (const app of apps) {
    const result = await migrateApp({ app, databaseUrl, ...(databaseName ? { databaseName } : {}) });
    print(
      `${result.databaseName}: ${result.applied.length === 0 ? 'up to date' : `applied ${result.applied.join(', ')}`}`,
    );
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
  process.exitCode = 1;
}
// The engine leaves a timer of ten seconds behind, which would keep the process waiting.
process.exit();
