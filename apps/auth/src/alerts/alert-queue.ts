import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { unavailable } from '@turnpike/service-kit';

/** BullMQ queue of alerts that wait to be posted. */
export const ALERT_QUEUE = 'alerts';

/** Attempts to post an alert, over about three quarters of an hour with the back-off below. */
const ATTEMPTS_MAX = 10;
/** First pause between attempts, in milliseconds; it doubles. */
const BACKOFF_MS = 5_000;
/** How long failed alerts stay for operators to see, in seconds, and how many. */
const FAILED_KEPT_SECONDS = 7 * 86_400;
const FAILED_KEPT_MAX = 1_000;

/** What an organisation is alerted of. Where to, and under which secret, is read when it is posted. */
export interface Alert {
  readonly organisationId: string;
  readonly type: 'subscription.past_due' | 'subscription.second_ended' | 'storage.failing' | 'export.failed';
  /** When it was noticed, RFC 3339. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, string | null>>;
}

export interface AlertQueue {
  /** Puts an alert on its way, once per id. Throws `service.unavailable` when Redis is down. */
  add(id: string, alert: Alert): Promise<void>;
  close(): Promise<void>;
}

/** The producing side, over a connection that fails quickly while Redis is down. */
export function createAlertQueue(redis: Redis): AlertQueue {
  let queue: Queue<Alert> | undefined;
  return {
    async add(id, alert) {
      // A queue that is made while Redis is down never recovers, so it is made on first use.
      if (redis.status !== 'ready') throw unavailable('Alerts', 'redis is not connected');
      if (queue === undefined) {
        queue = new Queue<Alert>(ALERT_QUEUE, { connection: redis, prefix: QUEUE_PREFIX });
        queue.on('error', () => {});
      }
      const current = queue;
      try {
        await current.waitUntilReady();
      } catch (cause) {
        if (queue === current) queue = undefined;
        await current.close().catch(() => {});
        throw unavailable('Alerts', cause);
      }
      await current.add(alert.type, alert, {
        jobId: id,
        attempts: ATTEMPTS_MAX,
        backoff: { type: 'exponential', delay: BACKOFF_MS, jitter: 0.2 },
        removeOnComplete: true,
        removeOnFail: { age: FAILED_KEPT_SECONDS, count: FAILED_KEPT_MAX },
        stackTraceLimit: 0,
      });
    },
    async close() {
      await queue?.close().catch(() => {});
    },
  };
}
