import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { OPERATED_QUEUES, type OperatedQueue } from '@turnpike/contracts';
import { queueOnFirstUse, type QueueOnFirstUse } from './queue-on-first-use.ts';

/** How many jobs wait, by what for, and since when the oldest. */
export interface QueueState {
  readonly name: OperatedQueue;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly oldestWaitingAtMs: number | undefined;
}

/** The queues of all services, as operators work on them. */
export interface Queues {
  states(): Promise<QueueState[]>;
  /** Jobs that failed to the end, newest first, and how many there are. */
  failed(
    name: OperatedQueue,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<{ jobs: Job[]; total: number }>;
  /** A job that failed to the end. */
  find(name: OperatedQueue, id: string): Promise<Job | undefined>;
  close(): Promise<void>;
}

/** Of the jobs that are to be tried again, how many of those that are due soonest are looked at for the oldest. */
const DELAYED_READ = 50;
const NAMES = Object.keys(OPERATED_QUEUES) as OperatedQueue[];

/** Over the service's own connection; whatever is asked while Redis is down throws `service.unavailable`. */
export function createQueues(redis: Redis): Queues {
  const queues = Object.fromEntries(
    NAMES.map((name) => [name, queueOnFirstUse<unknown>(redis, name, 'The queues')]),
  ) as Record<OperatedQueue, QueueOnFirstUse<unknown>>;

  return {
    states: () =>
      Promise.all(
        NAMES.map(async (name) => {
          const queue = await queues[name].ready();
          const [counts, waits, delays] = await Promise.all([
            queue.getJobCounts('wait', 'active', 'delayed', 'failed', 'prioritized'),
            queue.getWaiting(0, 0),
            queue.getDelayed(0, DELAYED_READ - 1),
          ]);
          // One that waits for its time, and was never tried, is not late.
          const late = [...waits, ...delays.filter(({ attemptsMade }) => attemptsMade > 0)];
          const oldestWaitingAtMs = late.length === 0 ? undefined : Math.min(...late.map(({ timestamp }) => timestamp));
          const { wait = 0, active = 0, delayed = 0, failed = 0, prioritized = 0 } = counts;
          return { name, waiting: wait + prioritized, active, delayed, failed, oldestWaitingAtMs };
        }),
      ),
    async failed(name, { limit, offset }) {
      const queue = await queues[name].ready();
      const [total, jobs] = await Promise.all([queue.getFailedCount(), queue.getFailed(offset, offset + limit - 1)]);
      return { jobs, total };
    },
    async find(name, id) {
      const job = await (await queues[name].ready()).getJob(id);
      return job !== undefined && (await job.isFailed()) ? job : undefined;
    },
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
    },
  };
}
