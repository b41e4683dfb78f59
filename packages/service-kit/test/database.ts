import pg from 'pg';
import { createEmptyDatabase } from '@turnpike/test-kit';
import type { Query, SqlDatabase } from '../src/index.ts';

const IDEMPOTENCY_TABLE = `CREATE TABLE idempotency (
  scope text NOT NULL, key_digest bytea NOT NULL, request_digest bytea NOT NULL, attempt uuid NOT NULL,
  locked_until timestamptz NOT NULL, answer bytea, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (scope, key_digest))`;

const OUTBOX_TABLE = `CREATE TABLE outbox (id uuid PRIMARY KEY, type text NOT NULL, payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), delivered_at timestamptz, traceparent text)`;

/** Connections that may be lost: without a listener, a session that is ended from outside would end the process. */
export function openPool(connectionString: string): pg.Pool {
  return new pg.Pool({ connectionString, max: 20 }).on('error', () => undefined);
}

/** A database of this test file with the kit's own tables, and nothing else. */
export async function openDatabase(): Promise<SqlDatabase & { close(): Promise<void> }> {
  const database = await createEmptyDatabase();
  const pool = openPool(database.url);
  await pool.query(`${IDEMPOTENCY_TABLE}; ${OUTBOX_TABLE}`);
  return {
    query: queryOf(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(queryOf(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

function queryOf(client: pg.Pool | pg.PoolClient): Query {
  return async <Row extends object>(sql: string, ...params: readonly unknown[]) =>
    (await client.query<Row & pg.QueryResultRow>(sql, [...params])).rows;
}
