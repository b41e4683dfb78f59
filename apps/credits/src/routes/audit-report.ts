import type { EventPayload } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';

type AuditEntry = EventPayload<'audit.recorded'>;

/** An audit event of this request; an operator's unless told. `detail` names nobody. */
export function auditReport(
  requestId: string,
  event: Pick<AuditEntry, 'action'> & Partial<Pick<AuditEntry, 'actor' | 'user_id' | 'detail'>>,
): AuditEntry {
  return { id: uuidv7(), at: new Date().toISOString(), actor: 'operator', request_id: requestId, detail: {}, ...event };
}
