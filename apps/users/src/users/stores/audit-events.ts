import type { EventPayload } from '@turnpike/contracts';
import { uuidv7, writeEvent } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';

/** Who did something to a user, for the audit trail. */
export interface AuditEvent {
  readonly action: string;
  readonly actor: EventPayload<'audit.recorded'>['actor'];
  readonly requestId: string;
  /** The operator who acted, where it was a person. */
  readonly operatorId?: string | undefined;
  /** Facts that identify nobody: the calling service's name, the tier before. */
  readonly detail?: Readonly<Record<string, string>>;
}

/** An audit event as auth takes it. */
export function reportOf(
  { action, actor, requestId, operatorId, detail }: AuditEvent,
  userId?: string,
): EventPayload<'audit.recorded'> {
  return {
    id: uuidv7(),
    at: new Date().toISOString(),
    action,
    actor,
    request_id: requestId,
    detail: { ...detail },
    ...(operatorId === undefined ? {} : { operator_id: operatorId }),
    ...(userId ? { user_id: userId } : {}),
  };
}

/** Writes an audit event, in the caller's transaction. */
export async function writeAuditEvent({ query }: Db, auditEvent: AuditEvent, userId: string): Promise<void> {
  await writeEvent(query, 'audit.recorded', reportOf(auditEvent, userId));
}
