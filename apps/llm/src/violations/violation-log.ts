import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreOutage, within, type Logger } from '@turnpike/service-kit';
import type { NewViolation } from './stored-violation.ts';

export interface ViolationLogOptions {
  /** Stores violations; safe to repeat. */
  readonly store: (violations: readonly NewViolation[]) => Promise<unknown>;
  readonly logger: Logger;
  /** Told of violations that are stored nowhere: too many waited, or the database refuses them. */
  readonly onLost: (count: number) => void;
}

/** Violations of one statement, and of those that wait while the database does not answer. */
const BATCH_MAX = 500;
const WAITING_MAX = 10_000;
const RETRY_MS = 250;
/** How long the last ones may take when the service stops, in milliseconds. */
const CLOSING_MS_MAX = 2_000;

/** Writes violations beside the calls: one statement at a time, with all that came while the last one ran. */
export class ViolationLog {
  readonly #options: ViolationLogOptions;
  #waiting: NewViolation[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: ViolationLogOptions) {
    this.#options = options;
  }

  add(violations: readonly NewViolation[]): void {
    const room = Math.max(0, WAITING_MAX - this.#waiting.length);
    if (violations.length > room) this.#options.onLost(violations.length - room);
    this.#waiting.push(...violations.slice(0, room));
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  /** Resolves when all that was added is stored, or after `timeoutMs`. */
  async stored(timeoutMs: number): Promise<void> {
    if (this.#writing !== undefined) await within(this.#writing, timeoutMs);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  async close(): Promise<void> {
    await this.stored(CLOSING_MS_MAX);
    this.#closed = true;
    if (this.#waiting.length > 0) this.#options.onLost(this.#waiting.length);
  }

  async #write(): Promise<void> {
    let failing = false;
    while (this.#waiting.length > 0 && !this.#closed) {
      const batch = this.#waiting.slice(0, BATCH_MAX);
      try {
        await this.#options.store(batch);
        this.#waiting = this.#waiting.slice(batch.length);
        failing = false;
      } catch (err) {
        if (!isStoreOutage(err)) {
          // Others must not wait behind rows that the database will never take.
          this.#options.logger.error({ err, count: batch.length }, 'violations could not be stored');
          this.#options.onLost(batch.length);
          this.#waiting = this.#waiting.slice(batch.length);
          continue;
        }
        if (!failing) this.#options.logger.warn({ err }, 'violations wait for the database');
        failing = true;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.#writing = undefined;
  }
}
