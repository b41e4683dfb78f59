import type { Cluster, Redis } from 'ioredis';
import { RECORDS_FORMAT, RECORDS_STREAM } from '@turnpike/contracts';

/** Batches that wait for Redis, in characters of their text; past that new ones are dropped. */
const WAITING_CHARS_MAX = 16 * 1024 * 1024;
/** Pause after Redis did not take a batch, in milliseconds. */
const RETRY_MS = 500;
/** What an entry of the stream takes besides its text, in bytes. */
const ENTRY_BYTES = 128;
/** Fewest batches that the stream is cut to. */
const ENTRIES_MIN = 16;
/** How much the newest batch counts in the mean size of batches. */
const NEWEST_SHARE = 0.1;

/** A batch on its way. */
interface Waiting {
  readonly sequence: number;
  readonly records: number;
  readonly text: string;
}

export interface RecordQueueOptions {
  /** A connection whose commands fail at once while Redis is down. */
  readonly store: Redis | Cluster;
  /** Names this process since its start. */
  readonly producer: string;
  /** What the stream may take in Redis, in bytes; the oldest batches make room. */
  readonly streamBytesMax: number;
  /** Told of records that nobody will ever read. */
  readonly onDropped: (records: number) => void;
}

/**
 * Hands batches of request records to the Redis stream, one after another, and holds a bounded number of them while Redis is down. A batch whose reply was lost is
 * sent again under its number, by which the reader knows it.
 */
export class RecordQueue {
  readonly #options: RecordQueueOptions;
  readonly #waiting: Waiting[] = [];
  #chars = 0;
  #sequence = 0;
  #meanBytes = 0;
  #sending: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RecordQueueOptions) {
    this.#options = options;
  }

  /** Batches that wait for Redis. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a batch of `records`; never waits. One that finds no room is dropped, and leaves a gap in the numbers. */
  add(records: number, text: string): void {
    this.#sequence += 1;
    if (this.#chars + text.length > WAITING_CHARS_MAX) {
      this.#options.onDropped(records);
      return;
    }
    this.#waiting.push({ sequence: this.#sequence, records, text });
    this.#chars += text.length;
    if (this.#retry === undefined) this.#send();
  }

  /** Sends what is waiting, once; what Redis does not take then is lost, and counted. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#send();
    await this.#sending;
    for (const { records } of this.#waiting) this.#options.onDropped(records);
    this.#waiting.length = 0;
  }

  #send(): void {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      try {
        await this.#write(batch);
      } catch {
        this.#retryLater();
        return;
      }
      this.#waiting.shift();
      this.#chars -= batch.text.length;
    }
  }

  #write({ sequence, records, text }: Waiting): Promise<unknown> {
    const { store, producer, streamBytesMax } = this.#options;
    const bytes = text.length + ENTRY_BYTES;
    this.#meanBytes = this.#meanBytes === 0 ? bytes : this.#meanBytes + (bytes - this.#meanBytes) * NEWEST_SHARE;
    const entriesMax = Math.max(ENTRIES_MIN, Math.floor(streamBytesMax / this.#meanBytes));
    const fields = ['v', RECORDS_FORMAT, 'e', producer, 'q', sequence, 'n', records, 'b', text];
    return store.xadd(RECORDS_STREAM, 'MAXLEN', '~', entriesMax, '*', ...fields);
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#send();
    }, RETRY_MS);
    this.#retry.unref();
  }
}
