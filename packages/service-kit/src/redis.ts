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
