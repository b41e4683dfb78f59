import type { IncomingHttpHeaders } from 'node:http';
import {
  environment,
  HEADER,
  keyConstraints,
  operatorRole,
  role,
  verifyGatewaySignature,
  type Environment,
  type KeyConstraints,
  type OperatorRole,
  type Role,
} from '@turnpike/contracts';
import { AppError, unavailable } from '../http/errors.ts';
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
  /** What the API key may be used for, where it has bounds; believed as scopes are. */
  readonly keyConstraints: KeyConstraints | undefined;
  /** The organisation that the caller acts within. */
  readonly organisation: GatewayOrganisation | undefined;
  /** Set when the caller is an operator. */
  readonly operatorRole: OperatorRole | undefined;
  /** Everybody shares the account (demo): the caller may use and read. */
  readonly shared: boolean;
}

/** The organisation of a caller. Its id is signed; role and environment are believed as scopes are. */
export interface GatewayOrganisation {
  readonly id: string;
  /** `undefined` for an API key. */
  readonly role: Role | undefined;
  readonly env: Environment;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What the check needs of a request; `path` has no query. */
export interface GatewayRequest {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly path: string;
}

/** By what signatures are judged. */
export interface GatewaySignatures {
  /** Under which the edge signs for this service: `INTERNAL_SIGNING_SECRET`, or at a backend `GATEWAY_SIGNING_SECRET`. */
  readonly gatewaySecrets: readonly string[];
  /** Told of each right signature of another time. */
  readonly onStaleSignature?: () => void;
}

/**
 * The identity that the edge vouches for: believed only under a service key with the `gateway` grant *and* a fresh
 * signature. Throws 403 for a key that may not, 401 when there is no identity, and like `requireGatewaySignature`.
 */
export function readGatewayIdentity(
  request: GatewayRequest,
  keys: ServiceKeys,
  signatures: GatewaySignatures,
  nowSeconds: number,
): GatewayIdentity {
  const caller = keys.identify(single(request.headers[HEADER.serviceKey]));
  if (!caller.grants.has('gateway'))
    throw new AppError('auth.forbidden', { detail: 'This service key may not vouch for users.' });
  const userId = single(request.headers[HEADER.userId]);
  if (userId === undefined || !UUID.test(userId)) throw new AppError('auth.missing');
  requireGatewaySignature(request, signatures, nowSeconds);
  return {
    userId,
    tier: single(request.headers[HEADER.userTier]) ?? 'free',
    sessionId: single(request.headers[HEADER.gatewaySessionId]),
    keyId: single(request.headers[HEADER.gatewayKeyId]),
    scopes: (single(request.headers[HEADER.gatewayScopes]) ?? '').split(' ').filter((scope) => scope !== ''),
    keyConstraints: constraintsOf(single(request.headers[HEADER.gatewayKeyConstraints])),
    organisation: organisationOf(request.headers),
    operatorRole: operatorRole.optional().parse(single(request.headers[HEADER.gatewayOperator])),
    shared: request.headers[HEADER.gatewayShared] !== undefined,
  };
}

function constraintsOf(text: string | undefined): KeyConstraints | undefined {
  return text === undefined ? undefined : keyConstraints.parse(JSON.parse(text));
}

function organisationOf(headers: IncomingHttpHeaders): GatewayOrganisation | undefined {
  const id = single(headers[HEADER.tenantId]);
  if (id === undefined) return undefined;
  return {
    id,
    role: role.optional().parse(single(headers[HEADER.gatewayTenantRole])),
    env: environment.parse(single(headers[HEADER.gatewayTenantEnv])),
  };
}

/**
 * Throws 401 unless the edge signed the request with one of the secrets; needed for whatever the edge says of a caller.
 * A right signature of another time means that two clocks of ours differ, which is an outage (503).
 */
export function requireGatewaySignature(
  { headers, method, path }: GatewayRequest,
  { gatewaySecrets, onStaleSignature }: GatewaySignatures,
  nowSeconds: number,
): void {
  const timestamp = single(headers[HEADER.gatewayTimestamp]);
  const verdict = verifyGatewaySignature(
    gatewaySecrets,
    {
      signature: single(headers[HEADER.gatewaySignature]),
      signatureV2: single(headers[HEADER.gatewaySignatureV2]),
      tenantId: single(headers[HEADER.tenantId]),
      timestamp,
      method,
      path,
      userId: single(headers[HEADER.userId]) ?? '',
    },
    nowSeconds,
  );
  if (verdict === 'stale') {
    onStaleSignature?.();
    const aheadSeconds = Number(timestamp) - nowSeconds;
    throw unavailable(
      'The service',
      `the gateway's clock is ${aheadSeconds} s ahead of ours, or its request was replayed`,
    );
  }
  if (verdict !== 'valid') throw new AppError('auth.missing', { cause: `gateway signature ${verdict}` });
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
