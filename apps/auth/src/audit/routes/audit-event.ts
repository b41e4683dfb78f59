import type { GatewayIdentity } from '@turnpike/service-kit';
import type { AuditEvent } from '../stores/audit.ts';

/** Longest user agent kept, in characters. */
const USER_AGENT_CHARS_MAX = 256;

interface SignedInCall {
  readonly identity: GatewayIdentity;
  readonly clientAddress: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
}

/** The audit event of what a signed-in user did, on their own behalf or within the organisation of their token. */
export function auditEventOf(call: SignedInCall, action: string, detail: AuditEvent['detail']): AuditEvent {
  return {
    action,
    userId: call.identity.userId,
    sessionId: call.identity.sessionId ?? null,
    address: call.clientAddress,
    userAgent: call.userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null,
    requestId: call.requestId,
    ...(call.identity.organisation === undefined ? {} : { organisationId: call.identity.organisation.id }),
    ...(detail ? { detail } : {}),
  };
}
