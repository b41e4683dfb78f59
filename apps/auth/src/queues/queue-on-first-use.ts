import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { unavailable } from '@turnpike/service-kit';

/** How long jobs that failed to the end stay for operators to see, in seconds, and how many. */
const FAILED_KEPT = { age: 7 * 86_400, count: 1_000 };

/** A BullMQ queue over a connection that fails quickly while Redis is down. */
export interface QueueOnFirstUse<T> {
  /** The queue. Throws `service.unavailable` while Redis is down. */
  ready(): Promise<Queue<T>>;
  close(): Promise<void>;
}

/**
 * A queue that is made while Redis is down never recovers, so it is made when it is first used.
 *
 * @param what what cannot be had without it, as callers are told
 */
export function queueOnFirstUse<T>(redis: Redis, name: string, what: string): QueueOnFirstUse<T> {
  let queue: Queue<T> | undefined;
  return {
    async ready() {
      if (redis.status !== 'ready') throw unavailable(what, 'redis is not connected');
      if (queue === undefined) {
        queue = new Queue<T>(name, { connection: redis, prefix: QUEUE_PREFIX });
        queue.on('error', () => {});
      }
      const current = queue;
      try {
        await current.waitUntilReady();
      } catch (cause) {
        if (queue === current) queue = undefined;
        await current.close().catch(() => {});
        throw unavailable(what, cause);
      }
      return current;
    },
    async close() {
      await queue?.close().catch(() => {});
    },
  };
}

/**
 * Options of a job that is tried again with pauses that double, and stays for operators where it failed to the end.
 *
 * @param id a job with the id of one that waits already is not added
 * @param delay the first pause, in milliseconds
 */
export function repeatedJob(id: string, attempts: number, delay: number) {
  return {
    jobId: id,
    attempts,
    backoff: { type: 'exponential', delay, jitter: 0.2 },
    removeOnComplete: true,
    removeOnFail: FAILED_KEPT,
    stackTraceLimit: 0,
  } as const;
}
