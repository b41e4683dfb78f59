import type { Dispatcher } from 'undici';
import { AppError } from '@turnpike/service-kit';
import type { Vendor, VendorRequest } from './vendors.ts';

/** Largest answer that is read whole, in bytes. */
const ANSWER_BYTES_MAX = 33_554_432;
/** Longest line of a file, in bytes. */
const LINE_BYTES_MAX = 67_108_864;
const NEWLINE = 0x0a;

export interface VendorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** The vendor gave no answer, or broke it off. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** It may have the request. */
  readonly sent: boolean;

  constructor(cause: unknown, sent: boolean) {
    super('the vendor did not answer', { cause });
    this.sent = sent;
  }
}

/**
 * A call of our own at a vendor, read whole. Throws `NoAnswer`, also for an answer that is too large, and `upstream.unavailable` while the vendor is
 * given a pause. `bytesMax`: the largest answer.
 */
export async function askVendor(
  vendor: Vendor,
  request: VendorRequest,
  bytesMax = ANSWER_BYTES_MAX,
): Promise<VendorAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { status, headers } = await send(vendor, request, (chunk) => {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new TooLarge();
    chunks.push(chunk);
  });
  return { status, headers, bytes: Buffer.concat(chunks) };
}

/** Reads a file of lines at a vendor, each without its end, while it comes; an error's body is no line. Resolves with the status, and throws as `askVendor`. */
export async function readLines(
  vendor: Vendor,
  request: VendorRequest,
  onLine: (line: Buffer) => void,
): Promise<number> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  const { status } = await send(vendor, request, (chunk, answered) => {
    if (answered >= 300) return;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      onLine(Buffer.concat([...rest, chunk.subarray(start, end)]));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > LINE_BYTES_MAX) throw new TooLarge();
  });
  if (restBytes > 0) onLine(Buffer.concat(rest));
  return status;
}

/** An answer that is larger than what is read. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

async function send(
  vendor: Vendor,
  request: VendorRequest,
  onChunk: (chunk: Buffer, status: number) => void,
): Promise<Omit<VendorAnswer, 'bytes'>> {
  const waitMs = vendor.breaker.enter();
  if (waitMs > 0)
    throw new AppError('upstream.unavailable', {
      detail: 'The provider has failed repeatedly, and is given a pause.',
      headers: { 'Retry-After': String(Math.ceil(waitMs / 1_000)) },
    });
  try {
    const head = await new Promise<Omit<VendorAnswer, 'bytes'>>((resolve, reject) => {
      vendor.dispatch(request, new Reading(onChunk, resolve, reject));
    });
    if (head.status >= 500) vendor.breaker.failed();
    else vendor.breaker.succeeded();
    return head;
  } catch (error) {
    if (error instanceof NoAnswer && error.cause instanceof TooLarge) vendor.breaker.saidNothing();
    else vendor.breaker.failed();
    throw error;
  }
}

class Reading implements Dispatcher.DispatchHandler {
  readonly #onChunk: (chunk: Buffer, status: number) => void;
  readonly #resolve: (head: Omit<VendorAnswer, 'bytes'>) => void;
  readonly #reject: (error: NoAnswer) => void;
  #sent = false;
  #head: Omit<VendorAnswer, 'bytes'> = { status: 0, headers: {} };

  constructor(
    onChunk: (chunk: Buffer, status: number) => void,
    resolve: (head: Omit<VendorAnswer, 'bytes'>) => void,
    reject: (error: NoAnswer) => void,
  ) {
    this.#onChunk = onChunk;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(): void {
    this.#sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: VendorAnswer['headers']): void {
    this.#head = { status, headers };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    try {
      this.#onChunk(chunk, this.#head.status);
    } catch (error) {
      controller.abort(error instanceof Error ? error : new Error('not readable', { cause: error }));
    }
  }

  onResponseEnd(): void {
    this.#resolve(this.#head);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#reject(new NoAnswer(error, this.#sent));
  }
}
