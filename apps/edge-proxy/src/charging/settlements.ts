import { Queue, Worker } from 'bullmq';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { AppError, type Logger } from '@turnpike/service-kit';
import type { Cause } from '../neighbours/internal-http.ts';
import type { Ledger, Resolution } from '../neighbours/ledger.ts';
import type { Store } from '../stores/redis.ts';
import { deadline } from '../time.ts';

/** The end of one hold, as it must be told to the ledger. */
export interface Settlement {
  readonly id: string;
  readonly resolution: Resolution;
  readonly cause: Cause;
}

export interface SettlementsOptions {
  readonly ledger: Ledger;
  /** For adding: fails at once while Redis is away. */
  readonly store: Store;
  /** For the worker: waits while Redis is away. */
  readonly patientStore: Store;
  readonly logger: Logger;
  readonly onOutcome: (outcome: 'recorded' | 'queued' | 'kept' | 'refused') => void;
}

const QUEUE = 'edge-settlements';
const CONCURRENCY = 8;
/** First and longest pause between attempts, in milliseconds. */
const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 30_000;
/** Attempts of one settlement: at the longest pause, about a month. */
const ATTEMPTS_MAX = 100_000;
/** How long adding to the queue may take, in milliseconds. */
const ENQUEUE_TIMEOUT_MS = 500;
/** Settlements kept in memory while both credits and Redis are away; holds past that expire by themselves. */
const KEPT_MAX = 100_000;
const KEPT_RETRY_MS = 500;

/**
 * Tells the ledger what became of holds, and does not forget: what credits cannot take now waits in a queue in Redis, and in memory while
 * Redis is away too. The ledger takes the same settlement any number of times, so repeating is safe.
 */
export class Settlements {
  readonly #options: SettlementsOptions;
  readonly #queue: Queue<Settlement>;
  readonly #worker: Worker<Settlement>;
  readonly #kept = new Map<string, Settlement>();
  #retrying: NodeJS.Timeout | undefined;

  constructor(options: SettlementsOptions) {
    this.#options = options;
    this.#queue = new Queue(QUEUE, { connection: options.store, prefix: QUEUE_PREFIX, skipVersionCheck: true });
    this.#worker = new Worker(QUEUE, (job) => this.#tell(job.data), {
      connection: options.patientStore,
      prefix: QUEUE_PREFIX,
      concurrency: CONCURRENCY,
      settings: {
        backoffStrategy: (attempts) => Math.min(BACKOFF_MS_MIN * 2 ** Math.min(attempts - 1, 20), BACKOFF_MS_MAX),
      },
    });
    // Both emit connection errors, which the connections themselves report.
    this.#queue.on('error', () => {});
    this.#worker.on('error', () => {});
  }

  /** Settlements that wait in this process's memory. */
  get kept(): number {
    return this.#kept.size;
  }

  /** Resolves when the ledger has recorded it, or when it waits for its next attempt. Never rejects. */
  async resolve(settlement: Settlement): Promise<void> {
    try {
      await this.#tell(settlement);
    } catch {
      await this.#postpone(settlement);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#retrying);
    await Promise.allSettled([...this.#kept.values()].map((settlement) => this.#enqueue(settlement)));
    await this.#worker.close(true);
    await this.#queue.close();
  }

  /** Throws only while credits is away; a refusal is final, since repeating it would not change the answer. */
  async #tell({ id, resolution, cause }: Settlement): Promise<void> {
    const { ledger, logger, onOutcome } = this.#options;
    try {
      await ledger.resolve(id, resolution, cause);
      onOutcome('recorded');
    } catch (err) {
      if (err instanceof AppError && err.status < 500) {
        onOutcome('refused');
        logger.error(
          { err, reservationId: id, action: resolution.action, requestId: cause.requestId },
          'the ledger refused a settlement',
        );
        return;
      }
      throw err;
    }
  }

  async #postpone(settlement: Settlement): Promise<void> {
    try {
      await this.#enqueue(settlement);
      this.#options.onOutcome('queued');
    } catch {
      if (this.#kept.size < KEPT_MAX) this.#kept.set(settlement.id, settlement);
      this.#options.onOutcome('kept');
      this.#retryLater();
    }
  }

  async #enqueue(settlement: Settlement): Promise<void> {
    const adding = this.#queue.add(settlement.resolution.action, settlement, {
      attempts: ATTEMPTS_MAX,
      backoff: { type: 'custom' },
      delay: BACKOFF_MS_MIN,
      removeOnComplete: true,
    });
    await deadline(adding, ENQUEUE_TIMEOUT_MS, 'adding to the queue');
  }

  #retryLater(): void {
    if (this.#retrying !== undefined) return;
    this.#retrying = setTimeout(() => {
      this.#retrying = undefined;
      const waiting = [...this.#kept.values()];
      this.#kept.clear();
      void Promise.all(waiting.map((settlement) => this.resolve(settlement)));
    }, KEPT_RETRY_MS);
  }
}
