import { Queue, Worker } from 'bullmq';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { backOffMs, deadline } from '@turnpike/service-kit';
import { nameOfSettlement, settlementSchema, type Settlement } from './settlement.ts';
import type { Store } from './store.ts';

const CONCURRENCY = 8;
/** First and longest pause between attempts, in milliseconds. The process that made the settlement repeats it sooner, from its memory. */
const BACKOFF_MS_MIN = 2_000;
const BACKOFF_MS_MAX = 30_000;
/** Attempts of one settlement: at the longest pause, about a month. */
const ATTEMPTS_MAX = 100_000;
/** How long a change of the queue may take, in milliseconds. */
export const NOTE_TIMEOUT_MS = 500;

export interface SettlementQueueOptions {
  readonly name: string;
  /** For adding: fails at once while Redis is down. */
  readonly store: Store;
  /** For the worker: waits while Redis is down. */
  readonly patientStore: Store;
  /** Throws while the ledger cannot be told. */
  readonly tell: (settlement: Settlement) => Promise<void>;
}

/** Settlements in Redis, where they outlive the process that made them. Any process of the service tells the ledger of them. */
export class SettlementQueue {
  readonly #queue: Queue<Settlement>;
  readonly #worker: Worker<Settlement>;

  constructor({ name, store, patientStore, tell }: SettlementQueueOptions) {
    this.#queue = new Queue(name, { connection: store, prefix: QUEUE_PREFIX, skipVersionCheck: true });
    this.#worker = new Worker(name, (job) => tell(settlementSchema.parse(job.data)), {
      connection: patientStore,
      prefix: QUEUE_PREFIX,
      concurrency: CONCURRENCY,
      settings: {
        backoffStrategy: (attempts) => backOffMs(attempts, BACKOFF_MS_MIN, BACKOFF_MS_MAX),
      },
    });
    // Both emit connection errors, which the connections themselves report.
    this.#queue.on('error', () => {});
    this.#worker.on('error', () => {});
  }

  /** Rejects when Redis does not take it in time. Adding a settlement twice adds it once. */
  async add(settlement: Settlement): Promise<void> {
    const adding = this.#queue.add(settlement.resolution.action, settlement, {
      jobId: jobIdOf(settlement),
      attempts: ATTEMPTS_MAX,
      backoff: { type: 'custom' },
      delay: BACKOFF_MS_MIN,
      removeOnComplete: true,
    });
    await deadline(adding, NOTE_TIMEOUT_MS, 'adding to the queue');
  }

  /** Takes out what the ledger knows by now. Never rejects: telling it again is harmless. */
  async remove(settlement: Settlement): Promise<void> {
    await deadline(this.#queue.remove(jobIdOf(settlement)), NOTE_TIMEOUT_MS, 'removing from the queue').catch(() => {});
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
    await this.#queue.close();
  }
}

/** BullMQ takes no colons. */
function jobIdOf(settlement: Settlement): string {
  return `hold-${nameOfSettlement(settlement).replaceAll(':', '-')}`;
}
