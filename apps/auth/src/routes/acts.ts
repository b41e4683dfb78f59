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

/** What a signed-in user did, for the audit trail. */
export function actOf(call: SignedInCall, action: string, detail: AuditEvent['detail']): AuditEvent {
  return {
    action,
    userId: call.identity.userId,
    sessionId: call.identity.sessionId ?? null,
    address: call.clientAddress,
    userAgent: call.userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null,
    requestId: call.requestId,
    ...(detail ? { detail } : {}),
  };
}
