import { Redis } from 'ioredis';
import type { Logger } from '../process/logger.ts';
import { watchCommands } from './watched-redis.ts';

/** Longest pause between attempts to reconnect, in milliseconds. */
const RECONNECT_MS_MAX = 1_000;
/** How long a command may take before it fails, in milliseconds. */
const COMMAND_TIMEOUT_MS = 2_000;
/**
 * Silence after which a connection that waits for an answer is given up for a new one, in milliseconds: a machine that vanished closes nothing,
 * and the system would wait a quarter of an hour. Longer than a command may take, and than a queue's longest wait inside the server (10 s).
 */
export const SILENCE_MS_MAX = 3_000;
const QUEUE_SILENCE_MS_MAX = 20_000;

/** A server that has become a replica refuses writes for good; its name may lead to another one by now. */
const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');

/**
 * A Redis connection that keeps trying forever, fails commands quickly while it is down (no offline queue), and never throws an
 * unhandled error. Connects in the background, and records spans of what requests ask it (`watchCommands`). `blocking` is for a connection that waits in the server (`XREAD BLOCK`) for less than
 * `SILENCE_MS_MAX`, where a time limit on the command would only cut the wait.
 */
export function createRedis(url: string, logger: Logger, { blocking = false } = {}): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_TIMEOUT_MS,
    ...(blocking ? {} : { commandTimeout: COMMAND_TIMEOUT_MS }),
    socketTimeout: SILENCE_MS_MAX,
    reconnectOnError,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, RECONNECT_MS_MAX),
  });
  watch(redis, logger);
  watchCommands(redis);
  return redis;
}

/** A connection as BullMQ wants it: blocking commands never time out, and calls wait for the connection to come back. */
export function createQueueConnection(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    socketTimeout: QUEUE_SILENCE_MS_MAX,
    reconnectOnError,
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
