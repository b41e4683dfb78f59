import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { withClient, databaseOf, migrateService, withDatabase, withLogin } from '@turnpike/migrate';
import type { MigratedApp } from '@turnpike/migrate';
import { storeUrl } from './jest/store-urls.ts';

/** PostgreSQL's error code for a database that others are connected to. */
const OBJECT_IN_USE = '55006';

/** How long services wait for a database, in milliseconds: as long as a busy machine may take. Tests of time-outs set their own. */
const DATABASE_TIMEOUT_MS = '30000';

/** A database of one test file, with an app's migrations applied. */
export interface TestDatabase {
  readonly name: string;
  /** This very database, with every right. */
  readonly url: string;
  /** The variables that make a service use it, with the service's own login, which is no superuser. */
  readonly env: { DATABASE_URL: string; DATABASE_NAME: string; DATABASE_TIMEOUT_MS: string };
  /** Runs one statement in it, for what no route of the service does. */
  readonly query: (statement: string, values?: readonly unknown[]) => Promise<void>;
  /** Removes it once its sessions are gone, and ends those that are still there after PostgreSQL's five seconds of patience. */
  readonly drop: () => Promise<void>;
}

/**
 * A new database with the migrations of `app`, cloned from a template that is migrated once per run.
 *
 * @param serverUrl another server, such as one from `startPostgres`; default: the run's own
 */
export async function createTestDatabase(app: MigratedApp, serverUrl = storeUrl('postgres')): Promise<TestDatabase> {
  const template = `template_${app.replaceAll('-', '_')}`;
  const name = `test_${app.replaceAll('-', '_')}_${randomBytes(6).toString('hex')}`;
  await withServer(serverUrl, async (server) => {
    await ensureTemplate(server, serverUrl, app, template);
    // Copies files. The default writes every page to the log as well, which costs five times the processor time.
    await server.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  });
  const url = withDatabase(serverUrl, name);
  return {
    name,
    url,
    env: { DATABASE_URL: serviceUrlOn(serverUrl, app), DATABASE_NAME: name, DATABASE_TIMEOUT_MS: DATABASE_TIMEOUT_MS },
    query: (statement, values = []) => withServer(url, (database) => database.query(statement, [...values])),
    drop: () => dropDatabase(serverUrl, name),
  };
}

/** A new database without any table, for what belongs to no app. */
export async function createEmptyDatabase(
  serverUrl = storeUrl('postgres'),
): Promise<Omit<TestDatabase, 'env' | 'query'>> {
  const name = `test_empty_${randomBytes(6).toString('hex')}`;
  await withServer(serverUrl, async (server) => await server.query(`CREATE DATABASE ${name}`));
  return { name, url: withDatabase(serverUrl, name), drop: () => dropDatabase(serverUrl, name) };
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withServer(serverUrl, async (server) => {
    try {
      // Without force: a pool says it has ended before its last session has, and a session ended from outside is an error in its process.
      await server.query(`DROP DATABASE IF EXISTS ${name}`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE)) throw error;
      await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  });
}

/** The login of an app, which is named like its database. */
function serviceUrlOn(serverUrl: string, app: MigratedApp): string {
  return withLogin(serverUrl, databaseOf(app).databaseName, 'test-password-of-a-service');
}

/** The advisory lock makes the first test file migrate and the others wait. `IS_TEMPLATE` marks a finished template. */
async function ensureTemplate(server: pg.Client, serverUrl: string, app: MigratedApp, template: string): Promise<void> {
  await server.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
  try {
    const { rowCount } = await server.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
    if (rowCount !== 0) return;
    // What a failed attempt left would hide the reason from the next file.
    await server.query(`DROP DATABASE IF EXISTS ${template}`);
    const serviceUrl = serviceUrlOn(serverUrl, app);
    await migrateService({ app, databaseUrl: serverUrl, databaseName: template, serviceUrl });
    await server.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
  } finally {
    await server.query('SELECT pg_advisory_unlock(hashtext($1))', [template]);
  }
}

async function withServer(serverUrl: string, use: (server: pg.Client) => Promise<unknown>): Promise<void> {
  await withClient({ connectionString: serverUrl }, use);
}
