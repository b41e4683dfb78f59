import type { AuditRow } from '../stores/audit-trail.ts';

/** An entry of the trail as the person it concerns reads it. */
export function ownAuditView({ id, at, action, actor, method, address, user_agent, session_id, detail }: AuditRow) {
  return { id: String(id), at: at.toISOString(), action, actor, method, address, user_agent, session_id, detail };
}
