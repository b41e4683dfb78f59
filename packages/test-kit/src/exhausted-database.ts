import type pg from 'pg';
import { openClient } from '@turnpike/migrate';
import type { TestDatabase } from './databases.ts';

/** Ways to leave a service without a connection it could work on. Each gives what undoes it. */
export const EXHAUSTIONS = {
  /** Every connection of its pool waits for locks, on `tables` or on all there are. */
  async pool({ url }: TestDatabase, tables?: readonly string[]): Promise<() => Promise<void>> {
    const holder = await openClient({ connectionString: url });
    await holder.query('BEGIN');
    await holder.query(`LOCK TABLE ${(tables ?? (await tablesOf(holder))).join(', ')} IN ACCESS EXCLUSIVE MODE`);
    return () => holder.end();
  },
  /** PostgreSQL has ended its connections and lets it open none. */
  async server({ name, url }: TestDatabase): Promise<() => Promise<void>> {
    const operator = await openClient({ connectionString: url });
    await operator.query(`ALTER DATABASE ${name} CONNECTION LIMIT 0`);
    await operator.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [name],
    );
    return async () => {
      await operator.query(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
      await operator.end();
    };
  },
};

/** A picture of a database, to be compared: a digest of the rows of each table. */
export async function contentOf({ url }: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const reader = await openClient({ connectionString: url });
  try {
    const content: Record<string, string> = {};
    for (const table of await tablesOf(reader)) {
      const { rows } = await reader.query<{ digest: string }>(
        `SELECT count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '')) AS digest FROM ${table} AS t`,
      );
      content[table] = rows[0]?.digest ?? '';
    }
    return content;
  } finally {
    await reader.end();
  }
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname NOT IN ('_prisma_migrations', '_turnpike_functions') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
