import type { Logger } from '@turnpike/service-kit';

/** A piece of work that runs again and again in every instance; it must be safe to run in several at once. */
export interface PeriodicJob {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

export interface RunningJobs {
  /** Stops, and waits for the runs under way. */
  close(): Promise<void>;
}

/** Runs each job every `everyMs`, never twice at once. A failed run is logged (the first of a series) and tried again next time. */
export function startJobs(jobs: readonly PeriodicJob[], logger: Logger): RunningJobs {
  const stops = jobs.map((job) => startJob(job, logger));
  return {
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function startJob({ name, everyMs, run }: PeriodicJob, logger: Logger): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let failing = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function attempt(): Promise<void> {
    try {
      await run();
      failing = false;
    } catch (err) {
      if (!failing && !closed) logger.warn({ err, job: name }, 'job failed; it will be tried again');
      failing = true;
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      running = attempt().then(() => {
        if (!closed) schedule();
      });
    }, everyMs);
  }

  schedule();
  return async () => {
    closed = true;
    clearTimeout(timer);
    await running;
  };
}
