import type { RequestHandler } from 'express';
import { HEADER, verifyGatewaySignature as verify } from '@turnpike/contracts';
import { acceptedValues, type Accepted } from './keys.ts';
import { isOpenPath, sentPath } from './open-paths.ts';
import { userId } from './user-id.ts';

interface VerifyOptions {
  /** Clock in Unix epoch seconds; the system's unless told. */
  readonly nowSeconds?: () => number;
}

/**
 * Lets a request pass that the gateway signed (`X-Gateway-Timestamp`, `X-Gateway-Signature`) within ±300 s with one of
 * the accepted secrets, or that asks for an open path. A request with `X-Tenant-ID` must have `X-Gateway-Signature-V2`, which covers it. Otherwise 403, and 503 where none is configured, with a
 * `detail`.
 */
export function verifyGatewaySignature(secrets: Accepted, options: VerifyOptions = {}): RequestHandler {
  const accepted = acceptedValues(secrets);
  const nowSeconds = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  return (request, response, next) => {
    if (isOpenPath(request)) return next();
    if (accepted.length === 0) return void response.status(503).json({ detail: 'Gateway signature not configured' });
    const presented = {
      signature: request.get(HEADER.gatewaySignature),
      signatureV2: request.get(HEADER.gatewaySignatureV2),
      tenantId: request.get(HEADER.tenantId),
      timestamp: request.get(HEADER.gatewayTimestamp),
      method: request.method,
      path: sentPath(request),
      userId: userId(request) ?? '',
    };
    if (verify(accepted, presented, nowSeconds()) !== 'valid') {
      return void response.status(403).json({ detail: 'Invalid gateway signature' });
    }
    next();
  };
}
