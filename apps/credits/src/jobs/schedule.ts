import { Counter } from '@prometheus-io/client';
import { Queue, Worker } from 'bullmq';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { createQueueConnection, exposeRedis, within, type Logger, type Metrics } from '@turnpike/service-kit';
import type { Job } from './table.ts';

/** BullMQ queue of the maintenance jobs, shared by all processes. */
const JOBS_QUEUE = 'credits-jobs';
const RESCHEDULE_MS = 30_000;
/** How long closing waits for Redis, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Failed runs kept for inspection. */
const FAILED_KEPT = 100;

export interface RunningJobs {
  close(): Promise<void>;
}

export interface ScheduleOptions {
  readonly jobs: readonly Job[];
  readonly redisUrl: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How often the schedules are written again, in milliseconds: a Redis that lost its data gets them back. */
  readonly rescheduleMs?: number;
}

/**
 * Runs the jobs on their schedules, in any number of processes: BullMQ hands each run to one of them, and a run too
 * many finds nothing due. While Redis is down nothing runs and nothing is lost, since what is due is in the database.
 */
export function scheduleJobs({
  jobs,
  redisUrl,
  logger,
  metrics,
  rescheduleMs = RESCHEDULE_MS,
}: ScheduleOptions): RunningJobs {
  const table = new Map(jobs.map((job) => [job.name, job]));
  const closing = new AbortController();
  const running = new Set<string>();
  const runs = new Counter({
    name: 'turnpike_ledger_job_runs_total',
    help: 'Maintenance runs by job and outcome.',
    labelNames: ['job', 'outcome'],
    registers: [metrics.registry],
  });
  const connection = createQueueConnection(redisUrl, logger);
  const queueConnection = createQueueConnection(redisUrl, logger);
  exposeRedis(queueConnection, metrics);
  const queue = new Queue(JOBS_QUEUE, { connection: queueConnection, prefix: QUEUE_PREFIX });
  queue.on('error', () => {});
  const worker = new Worker(
    JOBS_QUEUE,
    async ({ name }) => {
      const job = table.get(name);
      // A job of another release is not ours; one that is running here takes what falls due meanwhile too; after a stop no run begins.
      if (job === undefined || running.has(name) || closing.signal.aborted) return;
      running.add(name);
      try {
        await job.run(closing.signal);
      } finally {
        running.delete(name);
      }
      runs.inc({ job: name, outcome: 'done' });
    },
    // One place for each kind, and one for a run that finds its kind running, so that no kind waits for another's
    // million rows.
    { connection, prefix: QUEUE_PREFIX, concurrency: jobs.length + 1 },
  );
  worker.on('error', () => {});
  worker.on('failed', (job, err) => {
    runs.inc({ job: job?.name ?? 'unknown', outcome: 'failed' });
    if (!closing.signal.aborted) logger.warn({ err, job: job?.name }, 'maintenance failed; the next run takes over');
  });

  const options = { removeOnComplete: true, removeOnFail: FAILED_KEPT, attempts: 1 };
  async function reschedule(): Promise<void> {
    if (queueConnection.status !== 'ready') return;
    for (const { name, everyMs } of jobs)
      await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: options });
  }
  let scheduling: Promise<void> = Promise.resolve();
  const scheduleAgain = (): void => {
    scheduling = scheduling
      .then(reschedule)
      .catch((err: unknown) => logger.warn({ err }, 'maintenance could not be scheduled; it is tried again'));
  };
  queueConnection.on('ready', scheduleAgain);
  const timer = setInterval(scheduleAgain, rescheduleMs);

  return {
    async close() {
      closing.abort();
      clearInterval(timer);
      queueConnection.off('ready', scheduleAgain);
      // A command to a Redis that is down waits forever, and nothing here is worth that.
      if (queueConnection.status !== 'ready') queueConnection.disconnect();
      await worker.close(connection.status !== 'ready');
      await within(
        scheduling.then(() => queue.close()),
        CLOSE_TIMEOUT_MS,
      );
      connection.disconnect();
      queueConnection.disconnect();
    },
  };
}
