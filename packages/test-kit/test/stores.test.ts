import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createTestRedis, startPostgres, startRedis, waitFor, withClient } from '../src/index.ts';
import type { OwnStore } from '../src/index.ts';

describe('createTestRedis', () => {
  test('gives every caller a database of its own', async () => {
    const [one, two] = await Promise.all([createTestRedis(), createTestRedis()]);
    const first = new Redis(one.url);
    const second = new Redis(two.url);
    await first.set('key', 'of one');
    expect(await second.get('key')).toBeNull();
    await one.flush();
    expect(await first.get('key')).toBeNull();
    await Promise.all([first.quit(), second.quit()]);
  });
});

describe('startRedis with cluster', () => {
  let store: OwnStore;
  beforeAll(async () => {
    store = await startRedis({ cluster: true });
  });
  afterAll(async () => await store.dispose());

  test('refuses a command whose keys lie in different slots', async () => {
    const redis = new Redis(store.url);
    await expect(redis.mset('a', '1', 'b', '2')).rejects.toThrow('CROSSSLOT');
    await expect(redis.mset('{t}:a', '1', '{t}:b', '2')).resolves.toBe('OK');
    await redis.quit();
  });
});

describe('startPostgres', () => {
  test('keeps its data and its address when it is killed and started again', async () => {
    const store = await startPostgres();
    const query = async (sql: string): Promise<unknown[]> => {
      return (await withClient({ connectionString: store.url }, (client) => client.query(sql))).rows;
    };
    await query('CREATE TABLE kept (n int)');
    await query('INSERT INTO kept VALUES (1)');
    await store.kill();
    await expect(query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await store.start();
    expect(await query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await store.dispose();
  });
});

describe('waitFor', () => {
  test('returns the first truthy value, and passes over errors on the way', async () => {
    let calls = 0;
    const value = await waitFor(() => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls > 2 && 'here';
    });
    expect(value).toBe('here');
  });

  test('throws the last error when the time is up', async () => {
    const probe = (): never => {
      throw new Error('still not');
    };
    await expect(waitFor(probe, { timeoutMs: 30, intervalMs: 5 })).rejects.toThrow('still not');
  });
});
