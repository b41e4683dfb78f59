import { operatorAct, uuidv7, type GatewayIdentity } from '@turnpike/service-kit';
import type { AuditReport } from '../domain/grant.ts';

/** An audit event of this request; an operator's unless told. `detail` names nobody. */
export function auditReport(
  requestId: string,
  event: Pick<AuditReport, 'action'> &
    Partial<Pick<AuditReport, 'actor' | 'user_id' | 'operator_id' | 'organisation_id' | 'detail'>>,
): AuditReport {
  return { id: uuidv7(), at: new Date().toISOString(), actor: 'operator', request_id: requestId, detail: {}, ...event };
}

/** The same of what an operator does. Throws 422 where a person gives no reason. */
export function operatorReport(
  {
    body,
    identity,
    requestId,
  }: {
    readonly body: { readonly reason?: string | undefined };
    readonly identity: GatewayIdentity | undefined;
    readonly requestId: string;
  },
  event: Pick<AuditReport, 'action'> & Partial<Pick<AuditReport, 'user_id' | 'organisation_id' | 'detail'>>,
): AuditReport {
  const { operator_id, detail } = operatorAct(identity, body.reason);
  return auditReport(requestId, { ...event, operator_id, detail: { ...detail, ...event.detail } });
}
