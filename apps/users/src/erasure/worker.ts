import { Gauge } from '@prometheus-io/client';
import { startPollLoop, type Logger, type Metrics, type PollLoop } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { retryDelayMs } from './domain/erasure.ts';
import { completeStep } from './erase-user.ts';
import { claimStep, erasureBacklog, postponeStep, type ClaimedStep } from './stores/erasures.ts';

/** Steps performed at once per process. */
const CONCURRENCY = 4;
/** How often the table is polled when nobody calls `kick`, in milliseconds. */
const POLL_MS = 500;
/** How much longer than a step may take its lease is, in milliseconds. */
const LEASE_MARGIN_MS = 2_000;

/** Performs one step; returns how many rows went, by table. Must be safe to repeat. Throws to be called again later. */
export type Eraser = (step: ClaimedStep, signal: AbortSignal) => Promise<Readonly<Record<string, number>>>;

/** Why a step failed, in words that an operator may read in the receipt; other errors are only logged. */
export class ErasureRefusal extends Error {
  override readonly name = 'ErasureRefusal';
}

export interface ErasureWorkerOptions {
  readonly database: Database;
  readonly erase: Eraser;
  /** How long one attempt at a step may take, in milliseconds. */
  readonly stepTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Idle until it is started; `kick` after an erasure began. */
export interface ErasureWorker extends PollLoop {
  start(): void;
}

/**
 * Performs the steps of erasures until each is done, however often it fails and whoever dies in between. Any number of processes may work on
 * one database.
 */
export function createErasureWorker({
  database,
  erase,
  stepTimeoutMs,
  logger,
  metrics,
}: ErasureWorkerOptions): ErasureWorker {
  const underWay = new Set<Promise<void>>();
  let loop: PollLoop | undefined;
  exposeBacklog(database, logger, metrics);

  async function perform(step: ClaimedStep, closing: AbortSignal): Promise<void> {
    try {
      const erased = await erase(step, AbortSignal.any([closing, AbortSignal.timeout(stepTimeoutMs)]));
      await completeStep(database, step, erased);
    } catch (err) {
      logger.warn(
        { err, erasureId: step.erasureId, target: step.target, attempts: step.attempts },
        'erasure step failed; it will be tried again',
      );
      const reason = err instanceof ErasureRefusal ? err.message : 'It did not answer as it should.';
      await postponeStep(database, step, reason, closing.aborted ? 0 : retryDelayMs(step.attempts));
    }
  }

  /** One question at a time, for however many are performed; true when one was found. A step that could not be put off is claimed again once its lease is over. */
  async function beginNext(closing: AbortSignal): Promise<boolean> {
    if (underWay.size >= CONCURRENCY) return false;
    const step = await claimStep(database, stepTimeoutMs + LEASE_MARGIN_MS);
    if (!step) return false;
    const performing = perform(step, closing)
      .catch((err: unknown) => logger.warn({ err, erasureId: step.erasureId }, 'erasure step could not be put off'))
      .finally(() => {
        underWay.delete(performing);
        loop?.kick();
      });
    underWay.add(performing);
    return true;
  }

  return {
    start() {
      loop = startPollLoop({ name: 'erasure worker', everyMs: POLL_MS, logger, round: beginNext });
    },
    kick: () => loop?.kick(),
    async close() {
      await loop?.close();
      await Promise.all(underWay);
    },
  };
}

/** Read from the database when metrics are scraped: counting a long backlog in between would only slow its work down. */
function exposeBacklog(database: Database, logger: Logger, { registry }: Metrics): void {
  const oldest = new Gauge({
    name: 'turnpike_erasure_oldest_open_seconds',
    help: 'Age of the oldest erasure that is not complete; alert when it passes an hour.',
    registers: [registry],
  });
  const open = new Gauge({
    name: 'turnpike_erasures_open',
    help: 'Erasures that are not complete, counted up to 10,000.',
    registers: [registry],
    async collect() {
      try {
        const backlog = await erasureBacklog(database);
        open.set(backlog.open);
        oldest.set(backlog.oldestSeconds);
      } catch (err) {
        logger.debug({ err }, 'erasure backlog could not be read');
      }
    },
  });
}
