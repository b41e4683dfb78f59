import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openClient } from './client.ts';
import { withDatabase } from './database-url.ts';
import { isDuplicate, isSettingRefused, isStillStarting } from './sql-state.ts';

/** How long a server that is still starting is waited for. */
const CONNECT_DEADLINE_MS = 30_000;
const connectRetryDelayMs = 250;

/**
 * Any fixed number: all migrators of one server take this advisory lock in the maintenance database. Roles belong to
 * the whole server, so two services migrating at once could otherwise both find a role missing and both create it.
 */
const MIGRATION_LOCK_KEY = 7_867_301;

/** A setting that says nothing to the server: what it says of it tells whether it has heard what the connection asked for. */
const PROBE = 'turnpike.migrates';

/** Between this process and the server is a pooler, which takes start-up settings for itself. */
class PooledError extends Error {
  override readonly name = 'PooledError';

  constructor(options?: ErrorOptions) {
    super(
      'DATABASE_URL leads to a pooler: migrations hold a lock of their session, so name the PostgreSQL server itself in it (docs/scaling.md)',
      options,
    );
  }
}

/**
 * Runs `use` with a connection to the server's maintenance database (the one the URL names, else `postgres`), while
 * no other migrator works on that server. Throws where the URL leads to a pooler.
 */
export async function withMigrationLock<T>(serverUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(withProbe(serverUrl));
  try {
    const { rows } = await client.query<{ heard: string | null }>('SELECT current_setting($1, true) AS heard', [PROBE]);
    if (rows[0]?.heard !== 'yes') throw new PooledError();
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK_KEY]);
    return await use(client);
  } finally {
    // The lock ends with its session.
    await client.end();
  }
}

/** Creates the database unless it exists. Safe against others doing the same at the same moment. */
export async function createDatabaseIfMissing(client: pg.Client, databaseName: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (rowCount !== 0) return;
  try {
    // template0, because template1 may hold an encoding other than UTF-8.
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(databaseName)} TEMPLATE template0 ENCODING 'UTF8'`);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** With the setting beside what the URL's own `options` say. */
function withProbe(serverUrl: string): string {
  const url = new URL(serverUrl);
  const own = url.searchParams.get('options');
  url.searchParams.set('options', [...(own === null ? [] : [own]), `-c ${PROBE}=yes`].join(' '));
  return url.href;
}

async function connect(serverUrl: string): Promise<pg.Client> {
  const connectionString = hasDatabase(serverUrl) ? serverUrl : withDatabase(serverUrl, 'postgres');
  const giveUpAt = Date.now() + CONNECT_DEADLINE_MS;
  for (;;) {
    try {
      return await openClient({
        connectionString,
        connectionTimeoutMillis: 5_000,
        application_name: 'turnpike-migrate',
      });
    } catch (error) {
      if (isSettingRefused(error)) throw new PooledError({ cause: error });
      if (!isStillStarting(error) || Date.now() > giveUpAt) throw error;
      await sleep(connectRetryDelayMs);
    }
  }
}

function hasDatabase(serverUrl: string): boolean {
  return new URL(serverUrl).pathname.length > 1;
}
