import type { Redis } from 'ioredis';
import { queueOnFirstUse, repeatedJob } from '../queues/queue-on-first-use.ts';

/** BullMQ queue of alerts that wait to be posted. */
export const ALERT_QUEUE = 'alerts';

/** Attempts to post an alert, over about three quarters of an hour with the back-off below. */
const ATTEMPTS_MAX = 10;
/** First pause between attempts, in milliseconds; it doubles. */
const BACKOFF_MS = 5_000;

/** What an organisation is alerted of. Where to, and under which secret, is read when it is posted. */
export interface Alert {
  readonly organisationId: string;
  readonly type:
    | 'subscription.past_due'
    | 'subscription.second_ended'
    | 'storage.failing'
    | 'export.failed'
    | 'policy.violated';
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
  const queue = queueOnFirstUse<Alert>(redis, ALERT_QUEUE, 'Alerts');
  return {
    async add(id, alert) {
      await (await queue.ready()).add(alert.type, alert, repeatedJob(id, ATTEMPTS_MAX, BACKOFF_MS));
    },
    close: () => queue.close(),
  };
}
