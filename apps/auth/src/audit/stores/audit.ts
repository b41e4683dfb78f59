import type { Query } from '@turnpike/service-kit';

/** A sign-in or another event that concerns security. */
export interface AuditEvent {
  /** `<thing>.<verb>`, such as `session.open`. */
  readonly action: string;
  readonly userId: string | null;
  readonly sessionId?: string | null;
  readonly actor?: 'user' | 'operator' | 'service' | 'system';
  readonly method?: string;
  readonly address?: string | null;
  readonly userAgent?: string | null;
  readonly requestId?: string;
  /** Facts that identify nobody. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Writes an event into the trail. */
export async function recordAuditEvent(query: Query, event: AuditEvent): Promise<void> {
  await query(
    `INSERT INTO audit_event (action, user_id, session_id, actor, method, address, user_agent, request_id, detail)
     VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9::jsonb)`,
    event.action,
    event.userId,
    event.sessionId ?? null,
    event.actor ?? 'user',
    event.method ?? null,
    event.address ?? null,
    event.userAgent ?? null,
    event.requestId ?? null,
    JSON.stringify(event.detail ?? {}),
  );
}
