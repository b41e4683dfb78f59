import type { Redis } from 'ioredis';

/** Keys read per step of the scan. */
const SCAN_COUNT = 1_000;

/**
 * Removes every key whose name holds the user's id (rate-limit windows, caches of the edges); returns how many. Values
 * hold no personal data by rule, and a scan never blocks Redis for long.
 */
export async function eraseUserKeys(redis: Redis, userId: string, signal: AbortSignal): Promise<number> {
  let removed = 0;
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const [next, keys] = await redis.scan(cursor, 'MATCH', `*${userId}*`, 'COUNT', SCAN_COUNT);
    // One by one: on a cluster the keys of one command must share a slot.
    for (const key of keys) removed += await redis.unlink(key);
    cursor = next;
  } while (cursor !== '0');
  return removed;
}
