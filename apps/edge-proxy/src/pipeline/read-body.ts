import { AppError } from '@turnpike/service-kit';
import type { Exchange } from './exchange.ts';

/**
 * Reads a whole request body of at most `bytesMax` bytes within `timeoutMs`, however it is spread over that time. Throws 413 for a longer
 * one, 408 for a later one, and `request.malformed` when the client leaves in the middle.
 */
export async function readBody(exchange: Exchange, bytesMax: number, timeoutMs: number): Promise<Buffer> {
  const { request, headers } = exchange;
  const length = headers.get('content-length');
  if (length !== undefined && Number(length) > bytesMax) throw tooLarge(bytesMax);
  if (length === undefined && headers.get('transfer-encoding') === undefined) return Buffer.alloc(0);
  exchange.invite();
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        finish(
          new AppError('request.timeout', {
            detail: 'The request body did not arrive in time.',
            headers: { Connection: 'close' },
          }),
        ),
      timeoutMs,
    );
    const finish = (outcome: Buffer | AppError): void => {
      clearTimeout(timer);
      exchange.onBroken = undefined;
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      request.pause();
      if (Buffer.isBuffer(outcome)) resolve(outcome);
      else reject(outcome);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bytesMax) finish(tooLarge(bytesMax));
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish(Buffer.concat(chunks));
    const onClose = (): void =>
      finish(new AppError('request.malformed', { detail: 'The request ended before its body did.' }));
    // A client that ends its side in the middle of the body says so to the parser first, and the connection stays half open.
    exchange.onBroken = finish;
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

export function tooLarge(bytesMax: number): AppError {
  return new AppError('request.too_large', { detail: `The body may have at most ${bytesMax} bytes.` });
}
