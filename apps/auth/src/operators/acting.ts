import { operatorNeeds, operatorRoleAtLeast, type EndpointSpec } from '@turnpike/contracts';
import { AppError, type GatewayIdentity } from '@turnpike/service-kit';
import type { AuditEvent } from '../audit/stores/audit.ts';
import type { Db } from '../database.ts';
import { operatorSession } from './stores/acting.ts';

/** Who acts on a route for operators. */
export interface ActingOperator {
  /** `undefined` for a programme with an operator's key. */
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  /** For the audit trail. */
  readonly name: string;
}

/** The call of an operator, as far as the audit trail keeps it. */
interface OperatorCall {
  readonly identity: GatewayIdentity | undefined;
  readonly clientAddress: string;
  readonly requestId: string;
}

/**
 * The operator who acts, by what the table says now: what the edge knew may be a second old. Throws `auth.forbidden` for who may not act, and
 * `auth.reauthentication_required` for a session that is too old for it.
 */
export async function actingOperator(
  db: Db,
  identity: GatewayIdentity | undefined,
  endpoint: EndpointSpec,
): Promise<ActingOperator> {
  if (identity === undefined) return { userId: undefined, sessionId: undefined, name: 'admin key' };
  const { userId, sessionId } = identity;
  const session = sessionId === undefined ? undefined : await operatorSession(db, sessionId, userId);
  const { role, sessionMsMax } = operatorNeeds(endpoint);
  if (session === undefined || !operatorRoleAtLeast(session.role, role))
    throw new AppError('auth.forbidden', { detail: `This needs an operator with the role ${role}.` });
  if (session.ageMs > sessionMsMax)
    throw new AppError('auth.reauthentication_required', {
      detail: `The session is older than ${sessionMsMax / 60_000} minutes: sign in again.`,
    });
  return { userId, sessionId, name: session.email ?? userId };
}

/** The audit event of an operator's act. `detail` holds the operator's name and the reason too, which an organisation is not shown. */
export function operatorEventOf(
  { clientAddress, requestId }: OperatorCall,
  operator: ActingOperator,
  action: string,
  reason: string | undefined,
  detail: AuditEvent['detail'] = {},
): AuditEvent {
  return {
    action,
    actor: 'operator',
    userId: operator.userId ?? null,
    operatorId: operator.userId ?? null,
    sessionId: operator.sessionId ?? null,
    address: clientAddress,
    requestId,
    detail: { ...detail, operator: operator.name, ...(reason === undefined ? {} : { reason }) },
  };
}
