import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '../src/index.ts';

describe('createTestDatabase', () => {
  test('gives every caller a migrated database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase('auth'), createTestDatabase('auth')]);
    expect(one.name).not.toBe(two.name);
    for (const { url } of [one, two]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query(
        'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
      );
      expect(rows).not.toHaveLength(0);
      await client.end();
    }
    await Promise.all([one.drop(), two.drop()]);
  });

  test('drops a database that still has sessions', async () => {
    const database = await createTestDatabase('auth');
    const client = new pg.Client({ connectionString: database.url });
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await ended;
    await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
  });
});
