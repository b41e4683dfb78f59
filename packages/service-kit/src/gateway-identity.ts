import type { IncomingHttpHeaders } from 'node:http';
import { HEADER, verifyGatewaySignature } from '@turnpike/contracts';
import { AppError } from './errors.ts';
import type { ServiceKeys } from './service-keys.ts';

/** The signed-in caller of a request that came through the edge. */
export interface GatewayIdentity {
  readonly userId: string;
  readonly tier: string;
  /** Set when the caller presented a session's access token. */
  readonly sessionId: string | undefined;
  /** Set when the caller presented an API key. */
  readonly keyId: string | undefined;
  readonly scopes: readonly string[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What the check needs of a request; `path` has no query. */
export interface GatewayRequest {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly path: string;
}

/**
 * The identity that the edge vouches for. It is believed only with a valid service key *and* a fresh gateway signature over method, path
 * and user id, so a caller on the internal network that holds neither cannot name a user. Throws 401 when there is no identity.
 */
export function readGatewayIdentity(
  request: GatewayRequest,
  keys: ServiceKeys,
  secrets: readonly string[],
  nowSeconds: number,
): GatewayIdentity {
  keys.identify(single(request.headers[HEADER.serviceKey]));
  const userId = single(request.headers[HEADER.userId]);
  if (userId === undefined || !UUID.test(userId)) throw new AppError('auth.missing');
  const verdict = verifyGatewaySignature(
    secrets,
    {
      signature: single(request.headers[HEADER.gatewaySignature]),
      timestamp: single(request.headers[HEADER.gatewayTimestamp]),
      method: request.method,
      path: request.path,
      userId,
    },
    nowSeconds,
  );
  if (verdict !== 'valid') throw new AppError('auth.missing', { cause: `gateway signature ${verdict}` });
  return {
    userId,
    tier: single(request.headers[HEADER.userTier]) ?? 'free',
    sessionId: single(request.headers[HEADER.gatewaySessionId]),
    keyId: single(request.headers[HEADER.gatewayKeyId]),
    scopes: (single(request.headers[HEADER.gatewayScopes]) ?? '').split(' ').filter((scope) => scope !== ''),
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
