import { Gauge } from '@prometheus-io/client';
import type { Logger, Metrics } from '@turnpike/service-kit';
import type { QueueState, Queues } from './queues.ts';

/** Shows the depth and age of the queues of all services. Read from Redis when metrics are scraped, so that every process of auth tells the same. */
export function exposeQueues(queues: Pick<Queues, 'states'>, { registry }: Metrics, logger: Logger): void {
  let reading: Promise<readonly QueueState[]> | undefined;
  /** One reading for both. What was true before Redis went down is not told as if it still were. */
  const read = (): Promise<readonly QueueState[]> =>
    (reading ??= queues
      .states()
      .catch((err: unknown) => {
        logger.debug({ err }, 'the queues could not be read');
        return [];
      })
      .finally(() => (reading = undefined)));
  new Gauge({
    name: 'turnpike_queue_jobs',
    help: 'Jobs of a queue by state: waiting, active, delayed (for their next attempt, or their time), failed (to the end).',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      const states = await read();
      this.reset();
      for (const { name: queue, waiting, active, delayed, failed } of states)
        for (const [state, jobs] of Object.entries({ waiting, active, delayed, failed }))
          this.set({ queue, state }, jobs);
    },
  });
  new Gauge({
    name: 'turnpike_queue_oldest_job_seconds',
    help: 'Age of the oldest job of a queue that waits, or is to be tried again; 0 where none does.',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      const states = await read();
      this.reset();
      for (const { name: queue, oldestWaitingAtMs = Date.now() } of states)
        this.set({ queue }, Math.max(0, Date.now() - oldestWaitingAtMs) / 1_000);
    },
  });
}
