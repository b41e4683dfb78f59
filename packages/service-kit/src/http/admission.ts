import type { IncomingMessage } from 'node:http';
import type { EndpointSpec } from '@turnpike/contracts';
import {
  HEADER,
  IDEMPOTENCY_KEY_CHARS_MAX,
  operatorNeeds,
  operatorRoleAtLeast,
  refusesShared,
  roleAtLeast,
} from '@turnpike/contracts';
import {
  readGatewayIdentity,
  requireGatewaySignature,
  type GatewayIdentity,
  type GatewayRequest,
  type GatewaySignatures,
} from '../keys/gateway-identity.ts';
import { checkAdminKey } from '../keys/keys.ts';
import type { ServiceCaller, ServiceKeys } from '../keys/service-keys.ts';
import { AppError, sharedAccount } from './errors.ts';
import { sentPath } from './exchange.ts';

/** The secrets that admission needs. */
export interface AdmissionKeys extends GatewaySignatures {
  readonly serviceKeys: ServiceKeys;
  readonly adminKeys: readonly string[];
}

/** Who is calling, as far as the endpoint's access class asks. */
export interface Admitted {
  readonly identity: GatewayIdentity | undefined;
  readonly caller: ServiceCaller | undefined;
}

/** Decides whether a request may reach its handler. Throws the 401, 403 or 503 that the contract names. */
export function admit(
  endpoint: EndpointSpec,
  request: IncomingMessage,
  keys: AdmissionKeys,
  nowSeconds: number,
): Admitted {
  switch (endpoint.access) {
    case 'public':
      return { identity: undefined, caller: undefined };
    case 'service':
      return { identity: undefined, caller: namedCaller(endpoint, request, keys, nowSeconds) };
    case 'admin':
      checkAdminKey(single(request, HEADER.adminKey), keys.adminKeys);
      return { identity: undefined, caller: undefined };
    case 'user':
    case 'tenant': {
      const identity = readGatewayIdentity(signedParts(request), keys.serviceKeys, keys, nowSeconds);
      if (identity.shared && refusesShared(endpoint)) throw sharedAccount();
      if (endpoint.access === 'tenant') requireOrganisation(endpoint, identity);
      else if (identity.organisation !== undefined) requireScopedUse(endpoint, identity);
      return { identity, caller: undefined };
    }
    case 'platform_admin': {
      const adminKey = single(request, HEADER.adminKey);
      const nobody = single(request, HEADER.userId) === undefined && operatorNeeds(endpoint).asksForKey;
      if (adminKey !== undefined || nobody) {
        checkAdminKey(adminKey, keys.adminKeys);
        return { identity: undefined, caller: undefined };
      }
      const identity = readGatewayIdentity(signedParts(request), keys.serviceKeys, keys, nowSeconds);
      requireOperator(endpoint, identity);
      return { identity, caller: undefined };
    }
  }
}

/** The edge has checked it by the role of now; a service does not depend on that. */
function requireOrganisation(endpoint: EndpointSpec, identity: GatewayIdentity): void {
  if (identity.organisation === undefined) throw new AppError('tenant.not_selected');
  if (identity.keyId !== undefined && endpoint.scope !== undefined) return;
  requireRole(endpoint, identity);
}

/** A token of an organisation at a route of persons. */
function requireScopedUse(endpoint: EndpointSpec, identity: GatewayIdentity): void {
  if (endpoint.acceptsScoped !== true) throw new AppError('auth.forbidden');
  if (endpoint.minRole !== undefined) requireRole(endpoint, identity);
}

function requireRole({ minRole }: EndpointSpec, { organisation }: GatewayIdentity): void {
  if (minRole === undefined || organisation?.role === undefined || !roleAtLeast(organisation.role, minRole))
    throw new AppError('tenant.role_insufficient', { extra: { required_role: minRole } });
}

/** The same of operators; how old their session may be is the edge's to judge, and the service's that keeps sessions. */
function requireOperator(endpoint: EndpointSpec, { operatorRole, sessionId, shared }: GatewayIdentity): void {
  if (operatorRole === undefined || sessionId === undefined || shared) throw new AppError('auth.forbidden');
  const { role } = operatorNeeds(endpoint);
  if (!operatorRoleAtLeast(operatorRole, role))
    throw new AppError('auth.forbidden', { detail: `This needs an operator with the role ${role}.` });
}

/**
 * The calling service, if its key allows what it asks. The edge has checked that for the outside service on whose behalf it calls, and names
 * it; the name is believed as a user's id is: under a key with the `gateway` grant and the edge's signature.
 */
function namedCaller(
  endpoint: EndpointSpec,
  request: IncomingMessage,
  keys: AdmissionKeys,
  nowSeconds: number,
): ServiceCaller {
  const caller = keys.serviceKeys.identify(single(request, HEADER.serviceKey));
  if (endpoint.family === 'internal' && !caller.grants.has('internal')) {
    throw new AppError('auth.forbidden', { detail: 'This service key may not call internal routes.' });
  }
  if (request.headers[HEADER.userId] !== undefined && !caller.grants.has('act_as_user')) {
    throw new AppError('auth.forbidden', { detail: 'This service key may not act for users.' });
  }
  const onBehalfOf = caller.grants.has('gateway') ? single(request, HEADER.gatewayCaller) : undefined;
  if (onBehalfOf === undefined) return caller;
  requireGatewaySignature(signedParts(request), keys, nowSeconds);
  return { ...caller, name: onBehalfOf };
}

function signedParts(request: IncomingMessage): GatewayRequest {
  return { headers: request.headers, method: request.method ?? '', path: sentPath(request) };
}

/** The `Idempotency-Key` of a request to an endpoint that honours it. Throws 422 when it is empty or too long. */
export function idempotencyKeyOf(endpoint: EndpointSpec, request: IncomingMessage): string | undefined {
  const key = endpoint.idempotent ? single(request, HEADER.idempotencyKey) : undefined;
  if (key === undefined) return undefined;
  if (key.length >= 1 && key.length <= IDEMPOTENCY_KEY_CHARS_MAX) return key;
  const message = `Must have 1–${IDEMPOTENCY_KEY_CHARS_MAX} characters`;
  throw new AppError('request.invalid', {
    detail: `headers.idempotency-key: ${message}`,
    errors: [{ path: 'headers.idempotency-key', message }],
  });
}

/** A header of the credentials. Node joins repeated ones, so there is one text. */
function single(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
