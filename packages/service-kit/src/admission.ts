import type { EndpointSpec } from '@turnpike/contracts';
import { HEADER, IDEMPOTENCY_KEY_CHARS_MAX } from '@turnpike/contracts';
import type { Request } from 'express';
import { AppError } from './errors.ts';
import { readGatewayIdentity, type GatewayIdentity } from './gateway-identity.ts';
import { checkAdminKey } from './keys.ts';
import type { ServiceCaller, ServiceKeys } from './service-keys.ts';

/** The secrets that admission needs. */
export interface AdmissionKeys {
  readonly serviceKeys: ServiceKeys;
  readonly adminKeys: readonly string[];
  readonly gatewaySecrets: readonly string[];
}

/** Who is calling, as far as the endpoint's access class asks. */
export interface Admitted {
  readonly identity: GatewayIdentity | undefined;
  readonly caller: ServiceCaller | undefined;
}

/** Decides whether a request may reach its handler. Throws the 401, 403 or 503 that the contract names. */
export function admit(endpoint: EndpointSpec, request: Request, keys: AdmissionKeys, nowSeconds: number): Admitted {
  switch (endpoint.access) {
    case 'public':
      return { identity: undefined, caller: undefined };
    case 'service':
      return { identity: undefined, caller: namedCaller(endpoint, request, keys.serviceKeys) };
    case 'admin':
      checkAdminKey(request.get(HEADER.adminKey), keys.adminKeys);
      return { identity: undefined, caller: undefined };
    case 'user': {
      const target = { headers: request.headers, method: request.method, path: pathOf(request) };
      return { identity: readGatewayIdentity(target, keys.serviceKeys, keys.gatewaySecrets, nowSeconds), caller: undefined };
    }
  }
}

/**
 * The calling service, if its key allows what it asks. The edge has checked that for the outside service on whose behalf it calls, and names
 * it; the name is believed because the key is the deployment's own.
 */
function namedCaller(endpoint: EndpointSpec, request: Request, keys: ServiceKeys): ServiceCaller {
  const caller = keys.identify(request.get(HEADER.serviceKey));
  if (endpoint.family === 'internal' && !caller.grants.has('internal')) {
    throw new AppError('auth.forbidden', { detail: 'This service key may not call internal routes.' });
  }
  if (request.headers[HEADER.userId] !== undefined && !caller.grants.has('act_as_user')) {
    throw new AppError('auth.forbidden', { detail: 'This service key may not act for users.' });
  }
  const onBehalfOf = caller.grants.has('gateway') ? request.get(HEADER.gatewayCaller) : undefined;
  return onBehalfOf === undefined ? caller : { ...caller, name: onBehalfOf };
}

/** The `Idempotency-Key` of a request to an endpoint that honours it. Throws 422 when it is empty or too long. */
export function idempotencyKeyOf(endpoint: EndpointSpec, request: Request): string | undefined {
  const key = endpoint.idempotent ? request.get(HEADER.idempotencyKey) : undefined;
  if (key === undefined) return undefined;
  if (key.length >= 1 && key.length <= IDEMPOTENCY_KEY_CHARS_MAX) return key;
  const message = `Must have 1–${IDEMPOTENCY_KEY_CHARS_MAX} characters`;
  throw new AppError('request.invalid', {
    detail: `headers.idempotency-key: ${message}`,
    errors: [{ path: 'headers.idempotency-key', message }],
  });
}

/** The path as it was sent, without its query: what the gateway signed. */
export function pathOf(request: Request): string {
  return request.originalUrl.split('?', 1)[0] ?? '/';
}
