import type { AuditActor } from '@turnpike/contracts';
import type { Db } from '../../database.ts';

/** A sign-in or another event that concerns security. */
export interface AuditEvent {
  /** `<thing>.<verb>`, such as `session.open`. */
  readonly action: string;
  readonly userId: string | null;
  readonly sessionId?: string | null;
  readonly actor?: AuditActor;
  /** The operator who acted, where it was a person. */
  readonly operatorId?: string | null;
  readonly method?: string;
  readonly address?: string | null;
  readonly userAgent?: string | null;
  readonly requestId?: string;
  /** Where it happened within an organisation. */
  readonly organisationId?: string;
  /** Facts that identify nobody. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Writes an event into the trail. */
export async function recordAuditEvent({ prisma }: Db, { detail = {}, ...event }: AuditEvent): Promise<void> {
  await prisma.auditEvent.createMany({ data: { ...event, detail } });
}
