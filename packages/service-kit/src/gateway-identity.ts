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
  /** Everybody shares the account (demo): the caller may use and read. */
  readonly shared: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What the check needs of a request; `path` has no query. */
export interface GatewayRequest {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly path: string;
}

/**
 * The identity that the edge vouches for. It is believed only under a service key with the `gateway` grant *and* a fresh signature over
 * method, path and user id, so a caller on the internal network that lacks either cannot name a user. Throws 403 for a key that may not,
 * 401 when there is no identity.
 */
export function readGatewayIdentity(
  request: GatewayRequest,
  keys: ServiceKeys,
  secrets: readonly string[],
  nowSeconds: number,
): GatewayIdentity {
  const caller = keys.identify(single(request.headers[HEADER.serviceKey]));
  if (!caller.grants.has('gateway'))
    throw new AppError('auth.forbidden', { detail: 'This service key may not vouch for users.' });
  const userId = single(request.headers[HEADER.userId]);
  if (userId === undefined || !UUID.test(userId)) throw new AppError('auth.missing');
  requireGatewaySignature(request, secrets, nowSeconds);
  return {
    userId,
    tier: single(request.headers[HEADER.userTier]) ?? 'free',
    sessionId: single(request.headers[HEADER.gatewaySessionId]),
    keyId: single(request.headers[HEADER.gatewayKeyId]),
    scopes: (single(request.headers[HEADER.gatewayScopes]) ?? '').split(' ').filter((scope) => scope !== ''),
    shared: request.headers[HEADER.gatewayShared] !== undefined,
  };
}

/** Throws 401 unless the edge signed the request with one of the secrets. Needed for whatever the edge says of a caller. */
export function requireGatewaySignature(
  { headers, method, path }: GatewayRequest,
  secrets: readonly string[],
  nowSeconds: number,
): void {
  const verdict = verifyGatewaySignature(
    secrets,
    {
      signature: single(headers[HEADER.gatewaySignature]),
      timestamp: single(headers[HEADER.gatewayTimestamp]),
      method,
      path,
      userId: single(headers[HEADER.userId]) ?? '',
    },
    nowSeconds,
  );
  if (verdict !== 'valid') throw new AppError('auth.missing', { cause: `gateway signature ${verdict}` });
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
