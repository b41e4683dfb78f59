/**
 * Every error code a client may read, with its HTTP status and title; the list is closed. `code` is what programmes
 * branch on, `detail` a sentence for people.
 */
export const ERRORS = {
  'request.malformed': { status: 400, title: 'Malformed request' },
  'request.invalid': { status: 422, title: 'Validation failed' },
  'request.too_large': { status: 413, title: 'Request body too large' },
  'request.headers_too_large': { status: 431, title: 'Request header fields too large' },
  'request.unsupported_media_type': { status: 415, title: 'Unsupported media type' },
  'request.timeout': { status: 408, title: 'Request timed out' },
  'route.not_found': { status: 404, title: 'Not found' },
  'route.method_not_allowed': { status: 405, title: 'Method not allowed' },
  'resource.not_found': { status: 404, title: 'Not found' },
  'resource.gone': { status: 410, title: 'Gone' },
  'resource.conflict': { status: 409, title: 'Conflict' },
  'auth.missing': { status: 401, title: 'Authentication required' },
  'auth.jwt_invalid': { status: 401, title: 'Invalid access token' },
  'auth.jwt_expired': { status: 401, title: 'Access token expired' },
  'auth.session_revoked': { status: 401, title: 'Session ended' },
  'auth.refresh_invalid': { status: 401, title: 'Invalid refresh token' },
  'auth.credential_invalid': { status: 401, title: 'Sign-in failed' },
  'auth.code_invalid': { status: 401, title: 'Invalid code' },
  'auth.key_invalid': { status: 401, title: 'Invalid API key' },
  'auth.key_revoked': { status: 401, title: 'API key revoked' },
  'auth.key_suspended': { status: 401, title: 'API key suspended' },
  'auth.key_expired': { status: 401, title: 'API key expired' },
  'auth.ambiguous': { status: 400, title: 'Ambiguous credentials' },
  'auth.scope_missing': { status: 403, title: 'Scope missing' },
  'auth.forbidden': { status: 403, title: 'Forbidden' },
  'auth.service_key_invalid': { status: 403, title: 'Invalid service key' },
  'auth.service_key_unconfigured': { status: 503, title: 'Service key not configured' },
  'auth.admin_key_invalid': { status: 403, title: 'Invalid admin key' },
  'auth.provider_unconfigured': { status: 503, title: 'Sign-in provider not configured' },
  'auth.provider_unavailable': { status: 503, title: 'Sign-in provider unavailable' },
  'auth.last_identity': { status: 409, title: 'Last way to sign in' },
  'auth.identity_taken': { status: 409, title: 'Identity belongs to another account' },
  'auth.email_taken': { status: 400, title: 'Address taken' },
  'auth.password_rejected': { status: 422, title: 'Password rejected' },
  'auth.reauthentication_required': { status: 403, title: 'Recent sign-in required' },
  'auth.reset_invalid': { status: 401, title: 'Invalid reset' },
  'auth.busy': { status: 503, title: 'Too many sign-ins at once' },
  'auth.insufficient_credits': { status: 402, title: 'Insufficient credits' },
  'tenant.not_selected': { status: 403, title: 'No organisation selected' },
  'tenant.ambiguous': { status: 400, title: 'Ambiguous organisation' },
  'tenant.suspended': { status: 403, title: 'Organisation suspended' },
  'tenant.membership_ended': { status: 403, title: 'Membership ended' },
  'tenant.role_insufficient': { status: 403, title: 'Role too low' },
  'tenant.sign_in_method_refused': { status: 403, title: 'Sign in another way' },
  'tenant.last_owner': { status: 409, title: 'Last owner' },
  'tenant.slug_taken': { status: 409, title: 'Slug taken' },
  'tenant.limit_reached': { status: 409, title: 'Limit reached' },
  'invite.invalid': { status: 410, title: 'Invite no longer valid' },
  'invite.email_mismatch': { status: 403, title: 'Invite of somebody else' },
  'subscription.exists': { status: 409, title: 'Subscription running' },
  'billing.unconfigured': { status: 503, title: 'Payments not configured' },
  'config.locked': { status: 409, title: 'Setting locked' },
  'config.unknown': { status: 404, title: 'Not found' },
  'storage.unreachable': { status: 422, title: 'Storage test failed' },
  'credits.account_closed': { status: 423, title: 'Account closed' },
  'credits.reservation_resolved': { status: 409, title: 'Reservation already resolved' },
  'credits.reservation_gone': { status: 410, title: 'Reservation was released' },
  'credits.operation_unknown': { status: 422, title: 'Unknown operation' },
  'idempotency.conflict': { status: 409, title: 'Idempotency conflict' },
  'idempotency.in_progress': { status: 409, title: 'First request still running' },
  'llm.model_not_allowed': { status: 403, title: 'Model not allowed' },
  'llm.model_not_priced': { status: 400, title: 'Model without a price' },
  'llm.not_offered': { status: 404, title: 'Not offered here' },
  'llm.policy_blocked': { status: 400, title: 'Blocked by a policy' },
  'llm.spend_limit_reached': { status: 402, title: 'Spend limit reached' },
  'llm.provider_unconfigured': { status: 404, title: 'Provider not configured' },
  'rate_limit.exceeded': { status: 429, title: 'Rate limit exceeded' },
  'upstream.unavailable': { status: 503, title: 'Upstream unavailable' },
  'upstream.bad_gateway': { status: 502, title: 'Upstream unavailable' },
  'upstream.timeout': { status: 504, title: 'Upstream timed out' },
  'service.unavailable': { status: 503, title: 'Service unavailable' },
  'service.internal': { status: 500, title: 'Internal error' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

/** A stable, dotted error code: the closed union of the keys of `ERRORS`. */
export type ErrorCode = keyof typeof ERRORS;

/**
 * The code a client reads. Two internal codes share one public name, because the contract lets one code answer with
 * several statuses: `upstream.unavailable` is 502 or 503, `idempotency.conflict` covers a first request that still
 * runs.
 */
export function publicCode(code: ErrorCode): string {
  if (code === 'upstream.bad_gateway') return 'upstream.unavailable';
  if (code === 'idempotency.in_progress') return 'idempotency.conflict';
  return code;
}
