import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** A text as it is sent: once, in each coding. */
export interface Compressed {
  readonly type: string;
  readonly etag: string;
  readonly identity: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
}

/** Good enough for megabytes of script at start: the best level would take seconds. */
const BROTLI_QUALITY = 5;

/** Compresses a body in the background; `type` is its `Content-Type`. */
export async function compress(body: string | Buffer, type: string): Promise<Compressed> {
  const identity = Buffer.from(body);
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const [zipped, br] = await Promise.all([promisify(gzip)(identity), promisify(brotliCompress)(identity, { params })]);
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
  return { type, etag, identity, gzip: zipped, br };
}

/** Sends it in the coding that the client likes best, or 304 where it has it. `maxAgeSeconds`: 0 asks again each time. */
export function sendCompressed(request: Request, response: Response, body: Compressed, maxAgeSeconds = 0): void {
  const coding = request.acceptsEncodings('br', 'gzip', 'identity');
  const name = coding === 'br' || coding === 'gzip' ? coding : 'identity';
  response.setHeader('Cache-Control', maxAgeSeconds === 0 ? 'no-cache' : `public, max-age=${maxAgeSeconds}`);
  response.setHeader('ETag', body.etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', body.type);
  if (name !== 'identity') response.setHeader('Content-Encoding', name);
  response.setHeader('Content-Length', body[name].length);
  response.end(body[name]);
}
