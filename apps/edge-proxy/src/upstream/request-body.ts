import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '@turnpike/service-kit';
import { ClientLeft } from './failure.ts';

export interface RequestBodyOptions {
  readonly bytesMax: number;
  /** Longest pause between two pieces, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Called before the first byte is read. */
  readonly onStart: () => void;
}

/**
 * A client's request body on its way to an upstream: nothing is read before the upstream's connection takes it, so an attempt that could
 * not connect leaves the body whole for the next address. Bytes are counted, as a chunked body does not say how long it will be.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #options: RequestBodyOptions;
  #bytes = 0;
  #started = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, options: RequestBodyOptions) {
    super({ highWaterMark: 65_536 });
    this.#request = request;
    this.#options = options;
  }

  /** Whether bytes have been taken from the client, so the body cannot be sent again. */
  get started(): boolean {
    return this.#started;
  }

  override _read(): void {
    if (this.#started) {
      this.#idle?.refresh();
      this.#request.resume();
      return;
    }
    this.#started = true;
    this.#options.onStart();
    this.#idle = setTimeout(() => this.#onIdle(), this.#options.idleTimeoutMs);
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    if (this.#started) this.#request.pause();
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.bytesMax) {
      this.destroy(
        new AppError('request.too_large', { detail: `The body may have at most ${this.#options.bytesMax} bytes.` }),
      );
      return;
    }
    this.#idle?.refresh();
    if (!this.push(chunk)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    clearTimeout(this.#idle);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new ClientLeft());
  };

  /** Only the client's own slowness counts: a paused request waits for the upstream. */
  #onIdle(): void {
    if (this.#request.isPaused()) {
      this.#idle?.refresh();
      return;
    }
    this.destroy(
      new AppError('request.timeout', { detail: 'The request body stopped coming.', headers: { Connection: 'close' } }),
    );
  }
}
