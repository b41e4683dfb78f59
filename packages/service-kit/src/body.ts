import type { EndpointSpec } from '@turnpike/contracts';
import express, { type Request, type RequestHandler } from 'express';
import { AppError } from './errors.ts';

/** Largest accepted body where the endpoint does not say, in bytes. */
const BODY_BYTES_MAX = 64 * 1024;

/**
 * Reads the body of an endpoint that takes one: JSON (and a form where the contract names it), bounded. A body of another media type is
 * 415 rather than silently ignored.
 */
export function bodyParser(endpoint: EndpointSpec): RequestHandler[] {
  if (endpoint.body === undefined) return [];
  const limit = endpoint.bodyBytesMax ?? BODY_BYTES_MAX;
  const forms = endpoint.bodyTypes?.includes('application/x-www-form-urlencoded') ?? false;
  const json = express.json({ limit, strict: false, type: ['application/json', 'application/*+json'] });
  const form = express.urlencoded({ limit, extended: false, parameterLimit: 100 });
  const guard: RequestHandler = (request, _response, next) => {
    const accepted = request.is(['json', '+json']) || (forms && request.is('urlencoded'));
    next(hasBody(request) && !accepted ? new AppError('request.unsupported_media_type', { detail: 'Send JSON (application/json).' }) : undefined);
  };
  return forms ? [guard, json, form] : [guard, json];
}

function hasBody(request: Request): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** The error of express's body parsers as the contract words it, or `undefined` if it is something else. */
export function bodyError(error: unknown): AppError | undefined {
  if (typeof error !== 'object' || error === null || !('type' in error)) {
    return error instanceof URIError ? new AppError('request.malformed', { detail: 'The path is not valid percent-encoding.' }) : undefined;
  }
  switch (error.type) {
    case 'entity.parse.failed':
      return new AppError('request.malformed', { detail: 'The body is not valid JSON.', cause: error });
    case 'entity.too.large':
    case 'parameters.too.many':
      return new AppError('request.too_large', { detail: 'The body is larger than this route accepts.', cause: error });
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new AppError('request.unsupported_media_type', { detail: 'Send UTF-8 JSON without an unusual encoding.', cause: error });
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('request.malformed', { detail: 'The body ended early.', cause: error });
    default:
      return undefined;
  }
}
