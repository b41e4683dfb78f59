import type { AuditRow } from '../stores/audit-trail.ts';

/** An entry of the trail as the person it concerns reads it. */
export function ownAuditView(row: AuditRow) {
  const { action, actor, method, address, user_agent, session_id, detail } = row;
  return {
    id: String(row.id),
    at: row.at.toISOString(),
    action,
    actor,
    method,
    address,
    user_agent,
    session_id,
    detail,
  };
}
