import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

/** Longest pause between attempts to reconnect, in milliseconds. */
const RECONNECT_MS_MAX = 1_000;
/** How long a command may take before it fails, in milliseconds. */
const COMMAND_TIMEOUT_MS = 2_000;

/**
 * A Redis connection that keeps trying for ever, fails commands quickly while it is down (no offline queue), and never throws an
 * unhandled error. Connects in the background. `blocking` is for a connection that waits in the server (`XREAD BLOCK`), where a time limit
 * on the command would only cut the wait.
 */
export function createRedis(url: string, logger: Logger, { blocking = false } = {}): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_TIMEOUT_MS,
    ...(blocking ? {} : { commandTimeout: COMMAND_TIMEOUT_MS }),
    retryStrategy: (attempt: number) => Math.min(50 * attempt, RECONNECT_MS_MAX),
  });
  watch(redis, logger);
  return redis;
}

/** A connection as BullMQ wants it: blocking commands never time out, and calls wait for the connection to come back. */
export function createQueueConnection(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, RECONNECT_MS_MAX),
  });
  watch(redis, logger);
  return redis;
}

/** A client that can write, as ioredis makes it for one Redis or a cluster. */
interface Writer {
  set(key: string, value: string, unit: 'PX', lifeMs: number): Promise<unknown>;
}

/** How long the mark of a check lives, in milliseconds. */
const MARK_LIFE_MS = 60_000;

/**
 * Rejects where Redis does not take a write. A readiness check has to write: a Redis that is full, a replica, or one that cannot save to disk
 * answers pings and reads as if nothing were wrong.
 */
export async function checkWrites(redis: Writer, service: string): Promise<void> {
  await redis.set(`{turnpike}:ready:${service}`, '1', 'PX', MARK_LIFE_MS);
}

/** Logs the first error of an outage and the recovery, not every attempt in between. */
function watch(redis: Redis, logger: Logger): void {
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) logger.warn({ err: error }, 'redis connection lost');
    down = true;
  });
  redis.on('ready', () => {
    if (down) logger.info('redis connection restored');
    down = false;
  });
}
