import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import express, { type Request, type RequestHandler } from 'express';
import { utf8MediaType, type EndpointSpec } from '@turnpike/contracts';
import { AppError } from './errors.ts';

/** Largest accepted body where the endpoint does not say, in bytes. */
const BODY_BYTES_MAX = 64 * 1024;
const NOT_UTF8 = 'body.not_utf8';
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The bytes of bodies that their senders have signed. */
const signedBodies = new WeakMap<IncomingMessage, Buffer>();

/** The bytes of a request's body, on endpoints declared `signedBody`; empty where there was none. */
export function signedBodyOf(request: IncomingMessage): Buffer {
  return signedBodies.get(request) ?? Buffer.alloc(0);
}

/** Largest body that an endpoint accepts, in bytes. */
export function bodyBytesMax(endpoint: EndpointSpec): number {
  return endpoint.bodyBytesMax ?? BODY_BYTES_MAX;
}

/**
 * Reads the body of an endpoint that takes one: JSON (and a form where the contract names it), bounded. A body of another media type or
 * charset is 415: ignored, or read in a charset that not everyone reads, it would say one thing here and another to who looked at it before.
 */
export function bodyParser(endpoint: EndpointSpec): RequestHandler[] {
  if (endpoint.body === undefined) return [];
  const limit = bodyBytesMax(endpoint);
  const forms = endpoint.bodyTypes?.includes('application/x-www-form-urlencoded') ?? false;
  const json = express.json({
    limit,
    strict: false,
    type: ['application/json', 'application/*+json'],
    verify(request, _response, body) {
      refuseOtherThanUtf8(body);
      if (endpoint.signedBody === true) signedBodies.set(request, body);
    },
  });
  const form = express.urlencoded({ limit, extended: false, parameterLimit: 100 });
  const guard: RequestHandler = (request, _response, next) => {
    next(
      hasBody(request) && !accepts(request, forms)
        ? new AppError('request.unsupported_media_type', { detail: 'Send JSON (application/json) in UTF-8.' })
        : undefined,
    );
  };
  return forms ? [guard, json, form] : [guard, json];
}

function accepts(request: Request, forms: boolean): boolean {
  const type = contentTypes(request.rawHeaders) > 1 ? undefined : utf8MediaType(request.headers['content-type'] ?? '');
  if (type === undefined) return false;
  return /^application\/(?:.+\+)?json$/.test(type) || (forms && type === 'application/x-www-form-urlencoded');
}

/** How many `Content-Type` lines a request has: of several, Node shows the first, and others may believe the last. `raw` is Node's list. */
export function contentTypes(raw: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]?.length === 12 && raw[index]?.toLowerCase() === 'content-type') count += 1;
  return count;
}

/**
 * JSON is UTF-8 without a byte order mark (RFC 8259 §8.1). Decoding leniently would keep U+FFFD where the client sent something else. Throws
 * what `bodyError` knows.
 */
export function refuseOtherThanUtf8(body: Buffer): void {
  if (!isUtf8(body) || body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK))
    throw Object.assign(new Error('not UTF-8'), { type: NOT_UTF8 });
}

function hasBody(request: Request): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** The error of express's body parsers as the contract words it, or `undefined` if it is something else. */
export function bodyError(error: unknown): AppError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if (isBadCompression(error))
    return new AppError('request.malformed', {
      detail: 'The body is not compressed as Content-Encoding says.',
      cause: error,
    });
  if (!('type' in error)) {
    return error instanceof URIError
      ? new AppError('request.malformed', { detail: 'The path is not valid percent-encoding.' })
      : undefined;
  }
  switch (error.type) {
    case 'entity.parse.failed':
      return new AppError('request.malformed', { detail: 'The body is not valid JSON.', cause: error });
    case 'entity.too.large':
    case 'parameters.too.many':
      return new AppError('request.too_large', { detail: 'The body is larger than this route accepts.', cause: error });
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new AppError('request.unsupported_media_type', {
        detail: 'Send UTF-8 JSON without an unusual encoding.',
        cause: error,
      });
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('request.malformed', { detail: 'The body ended early.', cause: error });
    case NOT_UTF8:
      return new AppError('request.malformed', {
        detail: 'The body is not UTF-8, or begins with a byte order mark.',
        cause: error,
      });
    default:
      return undefined;
  }
}

/** The decompressor's errors carry zlib's code and no type: RFC 9110 §8.4 leaves a body that is not what it says to be a bad request. */
function isBadCompression(error: object): boolean {
  return 'code' in error && typeof error.code === 'string' && /^(?:Z_|ERR_BROTLI|ERR__ERROR)/.test(error.code);
}
