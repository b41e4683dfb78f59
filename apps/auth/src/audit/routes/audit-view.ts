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

/** The command line and admin keys leave a name, or none; persons are known by their accounts, as long as there are any. */
export function operatorIn({ actor, operator_id: id, operator_email: email, detail }: AuditRow) {
  if (actor !== 'operator') return null;
  const named = detail['operator'] ?? detail['by'];
  return { id, name: email ?? (typeof named === 'string' ? named : (id ?? 'admin key')) };
}
