import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '@turnpike/service-kit';
import { ClientLeft } from './failure.ts';

export interface RequestBodyOptions {
  readonly bytesMax: number;
  /** Longest pause, and the span over which the least rate is measured, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly bytesPerSecondMin: number;
  /** Called before the first byte is read. */
  readonly onStart: () => void;
  /** Told of each piece's length. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * A client's request body on its way to an upstream: nothing is read before the upstream's connection takes it, so an attempt that could
 * not connect leaves the body whole for the next address. Bytes are counted, as a chunked body does not say how long it will be, and must
 * keep coming at a least rate, as the upstream's connection is taken as long as they do.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #options: RequestBodyOptions;
  #bytes = 0;
  #started = false;
  /** Bytes that had come when the current span began. */
  #bytesBefore = 0;
  /** In this span the client had to wait, so its rate says nothing. */
  #heldUp = false;
  #span: NodeJS.Timeout | undefined;

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
      this.#request.resume();
      return;
    }
    this.#started = true;
    this.#options.onStart();
    this.#span = setInterval(() => this.#onSpanEnd(), this.#options.idleTimeoutMs);
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearInterval(this.#span);
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    if (this.#started) this.#request.pause();
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    this.#options.onBytes(chunk.length);
    if (this.#bytes > this.#options.bytesMax) {
      this.destroy(
        new AppError('request.too_large', { detail: `The body may have at most ${this.#options.bytesMax} bytes.` }),
      );
      return;
    }
    if (this.push(chunk)) return;
    this.#heldUp = true;
    this.#request.pause();
  };

  readonly #onEnd = (): void => {
    clearInterval(this.#span);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new ClientLeft());
  };

  #onSpanEnd(): void {
    const { idleTimeoutMs, bytesPerSecondMin } = this.#options;
    const tooSlow = (this.#bytes - this.#bytesBefore) * 1_000 < bytesPerSecondMin * idleTimeoutMs;
    if (tooSlow && !this.#heldUp) {
      const detail = `The request body came slower than ${bytesPerSecondMin} bytes a second.`;
      this.destroy(new AppError('request.timeout', { detail, headers: { Connection: 'close' } }));
      return;
    }
    this.#bytesBefore = this.#bytes;
    this.#heldUp = this.#request.isPaused();
  }
}
