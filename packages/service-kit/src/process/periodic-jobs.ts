import type { Logger } from './logger.ts';

/** Work that runs again and again in every instance; it must be safe to run in several at once. */
export interface PeriodicJob {
  readonly name: string;
  readonly everyMs: number;
  /** Runs at once as well, not only after the first `everyMs`. */
  readonly atStart?: boolean;
  /** `signal` fires when the process stops: a long run breaks off at its next safe place. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

export interface PeriodicJobs {
  /** Stops, and waits for the runs under way. */
  close(): Promise<void>;
}

/** Runs each job every `everyMs`, never twice at once. A failed run is logged (the first of a series) and tried again next time. */
export function startPeriodicJobs(jobs: readonly PeriodicJob[], logger: Logger): PeriodicJobs {
  const stops = jobs.map((job) => startJob(job, logger));
  return {
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function startJob({ name, everyMs, atStart = false, run }: PeriodicJob, logger: Logger): () => Promise<void> {
  const closing = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failing = false;
  let timer: NodeJS.Timeout | undefined;

  async function attempt(): Promise<void> {
    try {
      await run(closing.signal);
      failing = false;
    } catch (err) {
      if (!failing && !closing.signal.aborted) logger.warn({ err, job: name }, 'job failed; it will be tried again');
      failing = true;
    }
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      running = attempt().then(() => {
        if (!closing.signal.aborted) schedule(everyMs);
      });
    }, delayMs);
  }

  schedule(atStart ? 0 : everyMs);
  return async () => {
    closing.abort();
    clearTimeout(timer);
    await running;
  };
}
