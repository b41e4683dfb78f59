import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Redis } from 'ioredis';
import { waitFor } from './wait-for.ts';

/** Ways in which a Redis goes on reading and refuses every write, by the word it says. Each gives what undoes it. */
export const WRITE_REFUSALS: Readonly<Record<string, (redis: Redis) => Promise<() => Promise<unknown>>>> = {
  async OOM(redis) {
    await redis.config('SET', 'maxmemory', '1');
    return () => redis.config('SET', 'maxmemory', '0');
  },
  async READONLY(redis) {
    await redis.replicaof('127.0.0.1', 1);
    return () => redis.replicaof('NO', 'ONE');
  },
  async MISCONF(redis) {
    const [, folder] = (await redis.config('GET', 'dir')) as [string, string];
    // A snapshot cannot take the place of a folder.
    const obstacle = path.join(folder, 'dump.rdb');
    await mkdir(obstacle);
    await redis.config('SET', 'save', '3600 1');
    await redis.bgsave();
    await waitFor(async () => (await redis.info('persistence')).includes('rdb_last_bgsave_status:err'));
    return async () => {
      await redis.config('SET', 'save', '');
      await rm(obstacle, { recursive: true });
    };
  },
  async NOREPLICAS(redis) {
    await redis.config('SET', 'min-replicas-to-write', '1');
    return () => redis.config('SET', 'min-replicas-to-write', '0');
  },
};
