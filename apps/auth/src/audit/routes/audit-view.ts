import type { AuditRow } from '../stores/audit-trail.ts';

/** An entry of the trail as the person it concerns reads it: which operator acted, and why, stays with them. */
export function ownAuditView(row: AuditRow) {
  const { operator: _operator, reason: _reason, ...facts } = row.detail;
  return { ...auditView(row), detail: row.actor === 'operator' ? facts : row.detail };
}

/** The same with all that was recorded of it. */
export function auditView({ id, at, action, actor, method, address, user_agent, session_id, detail }: AuditRow) {
  return { id: String(id), at: at.toISOString(), action, actor, method, address, user_agent, session_id, detail };
}
