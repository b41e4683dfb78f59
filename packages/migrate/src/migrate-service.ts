import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { databaseOf } from './apps.ts';
import type { MigratedApp } from './apps.ts';
import { EarlierDatabaseError, exitEarlierDatabase } from './earlier-database.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const TIMEOUT_MS = 300_000;

/** What to migrate, and where. */
export interface MigrateServiceOptions {
  readonly app: MigratedApp;
  /** The server, with a login that owns the database or may create it. A database named in it is used for maintenance. */
  readonly databaseUrl: string;
  /** Default: the app's own name for its database, such as `turnpike_credits`. */
  readonly databaseName?: string;
  /** How the app will connect; the login that it names is made ready. Without it none is made. */
  readonly serviceUrl?: string;
}

/**
 * Creates an app's database when it is missing and applies its committed migrations. Safe to run from several
 * processes at once, and again at any time.
 *
 * @returns what was done, in one line
 */
export async function migrateService({
  app,
  databaseUrl,
  databaseName,
  serviceUrl,
}: MigrateServiceOptions): Promise<string> {
  return await runCli([app], {
    DATABASE_URL: databaseUrl,
    ...(databaseName ? { DATABASE_NAME: databaseName } : {}),
    ...(serviceUrl ? { [databaseOf(app).urlVariable]: serviceUrl } : {}),
  });
}

/**
 * The same for every app that has a database, one after the other. Returns one line for each.
 *
 * @param serviceUrls how each app will connect, by its variable, such as `AUTH_DATABASE_URL`
 */
export async function migrateAllServices(
  databaseUrl: string,
  serviceUrls: Readonly<Record<string, string>>,
): Promise<string> {
  return await runCli([], { ...serviceUrls, DATABASE_URL: databaseUrl });
}

/**
 * In a process of its own: the engine is a WebAssembly module, which test runners' module loaders do not know, and which
 * need not stay in the memory of a supervisor.
 */
async function runCli(apps: readonly string[], variables: Readonly<Record<string, string>>): Promise<string> {
  const args = ['--disable-warning=ExperimentalWarning', cli, ...apps];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { PATH: process.env['PATH'], ...variables },
      timeout: TIMEOUT_MS,
    });
    return stdout.trim();
  } catch (cause) {
    if (exitCodeOf(cause) === exitEarlierDatabase) throw new EarlierDatabaseError(reasonOf(cause), { cause });
    throw new Error(`The migrations of ${apps.join(', ') || 'the services'} failed: ${reasonOf(cause)}`, { cause });
  }
}

function exitCodeOf(failure: unknown): unknown {
  return typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined;
}

/** What the process said, or why it could not run. Asks for the member, not the class: each realm has its own `Error`. */
function reasonOf(failure: unknown): string {
  const said =
    typeof failure === 'object' && failure !== null && 'stderr' in failure ? String(failure.stderr).trim() : '';
  return said || String(failure);
}
