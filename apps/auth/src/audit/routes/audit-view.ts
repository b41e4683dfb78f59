import { z } from 'zod';
import type { AuditEntry } from '../stores/audit-trail.ts';

/** `detail` is always written as an object. */
const facts = z.record(z.string(), z.unknown());

/** An entry of the trail as the person it concerns reads it. */
export function ownAuditView({ id, at, action, actor, method, address, userAgent, sessionId, detail }: AuditEntry) {
  return {
    id: String(id),
    at: at.toISOString(),
    action,
    actor,
    method,
    address,
    user_agent: userAgent,
    session_id: sessionId,
    detail: facts.parse(detail),
  };
}
