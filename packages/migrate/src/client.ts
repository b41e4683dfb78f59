import pg from 'pg';

/**
 * A connection to PostgreSQL that may be lost: the statement that needs it fails, and the process goes on. A `pg.Client` without a listener
 * ends the process when its session is ended from outside, even while it is closing.
 */
export async function openClient(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Runs `use` with a connection of its own, which is closed whatever happens. */
export async function withClient<T>(config: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openClient(config);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
