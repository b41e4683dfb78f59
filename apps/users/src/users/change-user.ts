import type { Database } from '../database.ts';
import type { User } from './domain/user.ts';
import { writeAuditEvent, type AuditEvent } from './stores/audit-events.ts';
import { changeStatus, changeUser, type UserChange } from './stores/users.ts';

/** Changes a user. `auditEvent` is recorded if the tier changes. `undefined` for a user that is unknown or deleted. */
export function updateUser(
  database: Database,
  id: string,
  change: UserChange,
  auditEvent: AuditEvent,
): Promise<User | undefined> {
  return database.transaction(async (db) => {
    const changed = await changeUser(db, id, change);
    if (changed === undefined) return undefined;
    const { user, tierBefore } = changed;
    if (user.tier !== tierBefore) {
      const detail = { ...auditEvent.detail, tier: user.tier, tier_before: tierBefore };
      await writeAuditEvent(db, { ...auditEvent, detail }, id);
    }
    return user;
  });
}

/** Disables or enables a user. `auditEvent` is recorded if the status changes. `undefined` for a user that is unknown or deleted. */
export function setUserStatus(
  database: Database,
  id: string,
  status: 'active' | 'disabled',
  auditEvent: AuditEvent,
): Promise<User | undefined> {
  return database.transaction(async (db) => {
    const outcome = await changeStatus(db, id, status);
    if (outcome?.changed === true)
      await writeAuditEvent(db, { ...auditEvent, detail: { ...auditEvent.detail, status } }, id);
    return outcome?.user;
  });
}
