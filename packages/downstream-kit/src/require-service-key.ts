import type { RequestHandler } from 'express';
import { HEADER, matchKey } from '@turnpike/contracts';
import { acceptedValues, type Accepted } from './keys.ts';
import { isOpenPath } from './open-paths.ts';

/** The body of a missing required header, in the shape that clients of this family of services know. */
const MISSING = {
  detail: [{ type: 'missing', loc: ['header', 'X-Service-Key'], msg: 'Field required', input: null }],
} as const;

/**
 * Lets a request pass that carries one of the accepted keys in `X-Service-Key`, compared in constant time, or asks for
 * an open path. Otherwise 422 (missing), 403 (wrong) or 503 (none configured) with a `detail`.
 */
export function requireServiceKey(accepted: Accepted): RequestHandler {
  const keys = acceptedValues(accepted);
  return (request, response, next) => {
    if (isOpenPath(request)) return next();
    const presented = request.headers[HEADER.serviceKey];
    if (typeof presented !== 'string') return void response.status(422).json(MISSING);
    if (keys.length === 0) return void response.status(503).json({ detail: 'Service key not configured' });
    if (matchKey(presented, keys) === -1) return void response.status(403).json({ detail: 'Invalid service key' });
    next();
  };
}
