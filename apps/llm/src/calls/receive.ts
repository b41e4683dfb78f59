import type { IncomingMessage } from 'node:http';
import { LLM_BODY_BYTES_MAX } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';

/** The client left, so there is nobody to answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** The whole body. Throws 413 and 415, and `ClientLeft`. */
export function receive(request: IncomingMessage): Promise<Buffer> {
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw new AppError('request.unsupported_media_type', {
      detail: 'The body of this request must not be compressed.',
    });
  return new Promise((resolve, reject) => {
    // Whoever left before anybody listened is not told of again.
    if (request.destroyed) reject(new ClientLeft());
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= LLM_BODY_BYTES_MAX) chunks.push(chunk);
      else {
        request.removeAllListeners('data').resume();
        reject(new AppError('request.too_large', { detail: `The body may have at most ${LLM_BODY_BYTES_MAX} bytes.` }));
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(new ClientLeft()));
    request.on('close', () => reject(new ClientLeft()));
  });
}
