import { uuidv7 } from '@turnpike/service-kit';
import type { AuditReport } from '../domain/grant.ts';

/** An audit event of this request; an operator's unless told. `detail` names nobody. */
export function auditReport(
  requestId: string,
  event: Pick<AuditReport, 'action'> & Partial<Pick<AuditReport, 'actor' | 'user_id' | 'detail'>>,
): AuditReport {
  return { id: uuidv7(), at: new Date().toISOString(), actor: 'operator', request_id: requestId, detail: {}, ...event };
}
