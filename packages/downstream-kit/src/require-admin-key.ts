import type { RequestHandler } from 'express';
import { HEADER, matchKey } from '@turnpike/contracts';
import { acceptedValues, type Accepted } from './keys.ts';

/**
 * Lets a request pass that carries one of the accepted keys in `X-Admin-Key`, compared in constant time. Otherwise, and
 * where none is configured, 403 `{"detail":"Invalid admin key"}`.
 */
export function requireAdminKey(accepted: Accepted): RequestHandler {
  const keys = acceptedValues(accepted);
  return (request, response, next) => {
    const presented = request.headers[HEADER.adminKey];
    if (typeof presented !== 'string' || matchKey(presented, keys) === -1) {
      return void response.status(403).json({ detail: 'Invalid admin key' });
    }
    next();
  };
}
