import { Redis } from 'ioredis';
import { redisDatabases } from './jest/run-stores.ts';
import { storeUrl } from './jest/store-urls.ts';

/** A logical Redis database of one test file. Publish and subscribe are the one thing that all databases share. */
export interface TestRedis {
  readonly url: string;
  /** Empties it. */
  readonly flush: () => Promise<void>;
}

/** The counter of databases given out lies in database 0, which no test gets. */
const counterKey = 'turnpike-test:databases';

/** An empty logical database of its own on the run's server. */
export async function createTestRedis(): Promise<TestRedis> {
  const serverUrl = storeUrl('redis');
  const number = await withRedis(serverUrl, async (redis) => await redis.incr(counterKey));
  if (number >= redisDatabases) throw new Error(`More than ${redisDatabases - 1} test databases in one run`);
  const url = `${serverUrl}/${number}`;
  const flush = async (): Promise<void> => {
    await withRedis(url, async (redis) => await redis.flushdb());
  };
  return { url, flush };
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    await redis.quit();
  }
}
