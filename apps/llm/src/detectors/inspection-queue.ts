import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import type { ExternalRule } from '@turnpike/policies';
import { seal, unseal, type Logger } from '@turnpike/service-kit';
import type { CallFacts } from '../violations/stored-violation.ts';
import type { Question } from './detector-client.ts';

/** What detectors are asked after the answer was given. */
export interface Inspection {
  readonly call: CallFacts;
  readonly question: Question;
  /** Each with the id of the violation that it may find, so that a repetition finds no second one. */
  readonly rules: readonly { readonly rule: ExternalRule; readonly violationId: string }[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface InspectionQueueOptions {
  /** For adding: fails at once while Redis is down. */
  readonly store: Redis;
  /** For the worker: waits while Redis is down. */
  readonly patientStore: Redis;
  /** The first seals, all open: Redis holds no text of a call in the clear. */
  readonly secrets: readonly string[];
  /** Performs one; it is tried again where this rejects. */
  readonly inspect: (inspection: Inspection) => Promise<void>;
  readonly logger: Logger;
  readonly onOutcome: (outcome: 'queued' | 'done' | 'failed' | 'expired' | 'lost') => void;
}

interface Job {
  readonly sealed: string;
  readonly expiresAt: number;
}

const NAME = 'llm-inspection';
const PURPOSE = 'turnpike llm inspection';
/** How long texts wait at most, in milliseconds, and how many calls' do; others are lost and counted. */
const LIFE_MS = 900_000;
const WAITING_MAX = 10_000;
const COUNT_MS = 1_000;
const CONCURRENCY = 8;
const ATTEMPTS_MAX = 3;
const BACKOFF_MS = 1_000;

/** Asks detectors after the answer was given, in whichever process has time. Nothing waits for it, and nothing is lost but what it would have found. */
export class InspectionQueue {
  readonly #options: InspectionQueueOptions;
  readonly #queue: Queue<Job>;
  readonly #worker: Worker<Job>;
  #waiting = 0;
  #countedAtMs = 0;

  constructor(options: InspectionQueueOptions) {
    this.#options = options;
    this.#queue = new Queue<Job>(NAME, { connection: options.store, prefix: QUEUE_PREFIX, skipVersionCheck: true });
    this.#worker = new Worker<Job>(NAME, (job) => this.#perform(job.data), {
      connection: options.patientStore,
      prefix: QUEUE_PREFIX,
      concurrency: CONCURRENCY,
    });
    this.#worker.on('failed', (job) => {
      if (job === undefined || job.attemptsMade >= ATTEMPTS_MAX) options.onOutcome('failed');
    });
    // Both emit connection errors, which the connections themselves report.
    this.#queue.on('error', () => {});
    this.#worker.on('error', () => {});
  }

  /** Never throws: what Redis does not take is lost, and counted. */
  async add(inspection: Inspection): Promise<void> {
    const { secrets, onOutcome, logger } = this.#options;
    try {
      if (await this.#isFull()) {
        onOutcome('lost');
        return;
      }
      const sealed = seal(secrets[0] ?? '', PURPOSE, Buffer.from(JSON.stringify(inspection))).toString('base64');
      await this.#queue.add(
        'inspect',
        { sealed, expiresAt: Date.now() + LIFE_MS },
        {
          attempts: ATTEMPTS_MAX,
          backoff: { type: 'exponential', delay: BACKOFF_MS },
          removeOnComplete: true,
          removeOnFail: true,
        },
      );
      onOutcome('queued');
    } catch (err) {
      logger.warn({ err, requestId: inspection.call.requestId }, 'an inspection could not be queued');
      onOutcome('lost');
    }
  }

  async close(): Promise<void> {
    await this.#worker.close(this.#options.patientStore.status !== 'ready');
    await this.#queue.close();
  }

  /** By a count that is at most a second old. */
  async #isFull(): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs - this.#countedAtMs > COUNT_MS) {
      this.#countedAtMs = nowMs;
      this.#waiting = await this.#queue.count();
    }
    this.#waiting += 1;
    return this.#waiting > WAITING_MAX;
  }

  async #perform({ sealed, expiresAt }: Job): Promise<void> {
    const { inspect, onOutcome } = this.#options;
    const expired = Date.now() > expiresAt;
    if (!expired) await inspect(this.#opened(sealed));
    onOutcome(expired ? 'expired' : 'done');
  }

  #opened(sealed: string): Inspection {
    let cause: unknown;
    for (const secret of this.#options.secrets)
      try {
        return JSON.parse(unseal(secret, PURPOSE, Buffer.from(sealed, 'base64')).toString()) as Inspection;
      } catch (error) {
        cause = error;
      }
    throw new Error('an inspection cannot be opened', { cause });
  }
}
