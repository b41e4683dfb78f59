import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openClient } from './client.ts';
import { withDatabase } from './database-url.ts';
import { isDuplicate, isStillStarting } from './sql-state.ts';

/** How long a server that is still starting is waited for. */
const CONNECT_DEADLINE_MS = 30_000;
const connectRetryDelayMs = 250;

/**
 * Any fixed number: all migrators of one server take this advisory lock in the maintenance database. Roles belong to
 * the whole server, so two services migrating at once could otherwise both find a role missing and both create it.
 */
const MIGRATION_LOCK_KEY = 7_867_301;

/**
 * Runs `use` with a connection to the server's maintenance database (the one the URL names, else `postgres`), while
 * no other migrator works on that server.
 */
export async function withMigrationLock<T>(serverUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(serverUrl);
  try {
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
      if (!isStillStarting(error) || Date.now() > giveUpAt) throw error;
      await sleep(connectRetryDelayMs);
    }
  }
}

function hasDatabase(serverUrl: string): boolean {
  return new URL(serverUrl).pathname.length > 1;
}
