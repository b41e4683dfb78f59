import type { IncomingMessage } from 'node:http';
import { HEADER } from '@turnpike/contracts';

/** The organisation that the caller acts within, or `undefined` for personal use. Believe it only behind `verifyGatewaySignature`. */
export function tenantId(request: IncomingMessage): string | undefined {
  const value = request.headers[HEADER.tenantId];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
