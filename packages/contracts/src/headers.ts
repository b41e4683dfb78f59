/** Header names on the wire, lower case as Node delivers them. Source: the HTTP contract's "Credentials" and "What the edge does". */
export const HEADER = {
  adminKey: 'x-admin-key',
  /** Marks the calls of the console; ends at the edge. */
  consoleKey: 'x-console-key',
  gatewayCaller: 'x-gateway-caller',
  gatewayKeyConstraints: 'x-gateway-key-constraints',
  gatewayKeyId: 'x-gateway-key-id',
  gatewayScopes: 'x-gateway-scopes',
  gatewaySessionId: 'x-gateway-session-id',
  gatewayShared: 'x-gateway-shared',
  gatewayOperator: 'x-gateway-operator',
  gatewaySignature: 'x-gateway-signature',
  gatewaySignatureV2: 'x-gateway-signature-v2',
  gatewayTenantEnv: 'x-gateway-tenant-env',
  gatewayTenantRole: 'x-gateway-tenant-role',
  gatewayTimestamp: 'x-gateway-timestamp',
  idempotencyKey: 'idempotency-key',
  idempotencyReplayed: 'idempotency-replayed',
  inactiveReason: 'x-inactive-reason',
  inactiveSubject: 'x-inactive-subject',
  projectId: 'x-project-id',
  requestId: 'x-request-id',
  serviceKey: 'x-service-key',
  tenantId: 'x-tenant-id',
  tenantSlug: 'x-tenant-slug',
  traceparent: 'traceparent',
  userId: 'x-user-id',
  userTier: 'x-user-tier',
} as const;

/** Longest accepted `Idempotency-Key`, in characters. */
export const IDEMPOTENCY_KEY_CHARS_MAX = 255;

/** A request id taken from a caller: 1–128 visible ASCII characters; anything else is replaced by a generated one. */
export const REQUEST_ID_PATTERN = /^[\x21-\x7e]{1,128}$/;

/**
 * How the names of auth's sign-in cookies begin, after `__Host-` where they are `Secure`. They bind a browser to its sign-in, so the edge lets
 * no backend read or set one.
 */
export const SIGN_IN_COOKIE_PREFIX = 'turnpike-sign-in-';
