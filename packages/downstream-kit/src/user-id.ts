import type { IncomingMessage } from 'node:http';
import { HEADER } from '@turnpike/contracts';

/**
 * The user on whose behalf the gateway (or a service that holds the key) calls, or `undefined` for an anonymous call. Believe it only
 * behind `requireServiceKey`; behind `verifyGatewaySignature` too where only the gateway may name users.
 */
export function userId(request: IncomingMessage): string | undefined {
  const value = request.headers[HEADER.userId];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
