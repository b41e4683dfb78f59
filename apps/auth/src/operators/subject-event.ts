import type { OperatorAct } from '@turnpike/service-kit';
import type { AuditEvent } from '../audit/stores/audit.ts';

/** The audit event of what an operator did to a person's account; the address of the operator is not the person's to keep. */
export function subjectEventOf(
  { requestId }: { readonly requestId: string },
  { operator_id: operatorId, detail: why }: OperatorAct,
  action: string,
  userId: string,
  detail: NonNullable<AuditEvent['detail']>,
): AuditEvent {
  return {
    action,
    actor: 'operator',
    userId,
    operatorId: operatorId ?? null,
    requestId,
    detail: { ...why, ...detail },
  };
}
