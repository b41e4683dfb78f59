import { RECORDS_PER_BATCH_MAX, type CallCompletion, type RecordBatch } from '@turnpike/contracts';
import type { RecordQueue } from '@turnpike/service-kit';

/** A batch is closed this long after its first completion, in milliseconds, or when it is full. */
const FLUSH_MS = 200;

/** Leaves completions for usage, in batches that no call waits for. */
export class Completions {
  readonly #queue: Pick<RecordQueue, 'add' | 'close'>;
  #batch: CallCompletion[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: Pick<RecordQueue, 'add' | 'close'>) {
    this.#queue = queue;
  }

  add(completion: CallCompletion): void {
    if (this.#batch.length === 0) this.#timer = setTimeout(() => this.#flush(), FLUSH_MS).unref();
    this.#batch.push(completion);
    if (this.#batch.length >= RECORDS_PER_BATCH_MAX) this.#flush();
  }

  /** Sends what is left; what Redis does not take then is lost, and counted. */
  async close(): Promise<void> {
    this.#flush();
    await this.#queue.close();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const completions = this.#batch;
    if (completions.length === 0) return;
    this.#batch = [];
    const batch: RecordBatch = { t: Date.now(), c: [], r: [], w: [], d: [], m: completions };
    this.#queue.add(completions.length, JSON.stringify(batch));
  }
}
