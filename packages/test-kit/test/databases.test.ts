import { describe, expect, test } from '@jest/globals';
import { createTestDatabase, openClient, withClient } from '../src/index.ts';

describe('createTestDatabase', () => {
  test('gives every caller a migrated database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase('auth'), createTestDatabase('auth')]);
    expect(one.name).not.toBe(two.name);
    for (const { url } of [one, two]) {
      const { rows } = await withClient({ connectionString: url }, (client) =>
        client.query('SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL'),
      );
      expect(rows).not.toHaveLength(0);
    }
    await Promise.all([one.drop(), two.drop()]);
  });

  test('drops a database that still has sessions', async () => {
    const database = await createTestDatabase('auth');
    const client = await openClient({ connectionString: database.url });
    const ended = new Promise((resolve) => client.once('end', resolve));
    await database.drop();
    await ended;
    await expect(openClient({ connectionString: database.url })).rejects.toThrow('does not exist');
  });
});
