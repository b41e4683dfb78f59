import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { createEmptyDatabase, waitFor } from '../../test-kit/src/index.ts';
import { openClient, withClient } from '../src/client.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database.drop());

const sessions = (): Promise<string[]> =>
  withClient({ connectionString: database.url }, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT application_name AS name FROM pg_stat_activity WHERE datname = current_database() AND application_name <> ''",
    );
    return rows.map(({ name }) => name);
  });

const endSession = (name: string) =>
  withClient({ connectionString: database.url }, (client) =>
    client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name]),
  );

describe('a connection to PostgreSQL', () => {
  test('that is lost while idle fails the next statement, and not the process', async () => {
    const client = await openClient({ connectionString: database.url, application_name: 'idle' });
    const lost = new Promise((resolve) => client.once('end', resolve));
    await endSession('idle');
    await lost;
    await expect(client.query('SELECT 1')).rejects.toThrow('not queryable');
    await client.end();
  });

  test('is closed though what used it failed', async () => {
    const failing = withClient({ connectionString: database.url, application_name: 'failing' }, async () => {
      expect(await sessions()).toContain('failing');
      throw new Error('of the test');
    });
    await expect(failing).rejects.toThrow('of the test');
    await waitFor(async () => !(await sessions()).includes('failing'));
  });
});
