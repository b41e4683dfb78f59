import { appendFile } from 'node:fs/promises';
import { makeRoom } from './rotate.ts';

/** After a failed write, this long passes until the next attempt. */
const RETRY_MS_DEFAULT = 5_000;
/** Text that may wait for a slow disk. */
const WAITING_CHARS_MAX = 1_048_576;

/** What the person at the terminal should know about a log. */
export type LogEvent = { kind: 'failing'; error: unknown } | { kind: 'written-again'; linesDropped: number };

export interface LogFileOptions {
  readonly onEvent: (event: LogEvent) => void;
  readonly retryMs?: number;
}

/**
 * The log of one process, which never stands in the way of what it logs: where it cannot be written (a full disk), lines are dropped until it
 * can, and the past makes room for the present. The file may be moved or removed while we run.
 */
export class LogFile {
  readonly path: string;
  readonly #onEvent: (event: LogEvent) => void;
  readonly #retryMs: number;
  #waiting = '';
  #linesDropped = 0;
  /** On the clock of `performance.now()`; undefined while writing works. */
  #retryAtMs: number | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string, { onEvent, retryMs = RETRY_MS_DEFAULT }: LogFileOptions) {
    this.path = path;
    this.#onEvent = onEvent;
    this.#retryMs = retryMs;
  }

  write(line: string): void {
    const isDue = this.#retryAtMs === undefined || performance.now() >= this.#retryAtMs;
    if (!isDue || this.#waiting.length > WAITING_CHARS_MAX) {
      this.#linesDropped += 1;
      return;
    }
    this.#waiting += `${line}\n`;
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
  }

  /** Resolves when what was written so far is in the file, or dropped. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting !== '') {
      const text = this.#waiting;
      this.#waiting = '';
      try {
        await makeRoom(this.path);
        await appendFile(this.path, text, { mode: 0o600 });
        this.#succeeded();
      } catch (error) {
        this.#failed(error, text);
      }
    }
  }

  #succeeded(): void {
    this.#retryAtMs = undefined;
    if (this.#linesDropped === 0) return;
    this.#onEvent({ kind: 'written-again', linesDropped: this.#linesDropped });
    this.#linesDropped = 0;
  }

  #failed(error: unknown, text: string): void {
    this.#linesDropped += text.split('\n').length - 1;
    if (this.#retryAtMs === undefined) this.#onEvent({ kind: 'failing', error });
    this.#retryAtMs = performance.now() + this.#retryMs;
  }
}
