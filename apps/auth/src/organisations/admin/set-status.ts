import type { TenantStatus } from '@turnpike/contracts';
import { AppError, writeEvent } from '@turnpike/service-kit';
import { recordAuditEvent, type AuditEvent } from '../../audit/stores/audit.ts';
import type { Database, Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { archiveOrganisation } from '../archive.ts';
import { RESTORABLE_DAYS } from '../limits.ts';
import { lockOrganisation } from '../stores/members.ts';
import { archivedWithin, hasActiveOwner, markRestored, markSuspended } from './stores/status-changes.ts';

/** What an operator wants an organisation to be. */
export interface StatusChange {
  readonly organisationId: string;
  readonly status: TenantStatus;
  readonly reason: string | undefined;
  /** A person acts, who says why. */
  readonly needsReason: boolean;
  /** The act in the audit trail. */
  event(action: string, was: TenantStatus): AuditEvent;
}

/**
 * Suspends, restores or archives an organisation in one transaction with its revocation, its entry in the audit trail and the event that tells
 * credits. The status that is there already changes nothing. Throws `resource.not_found`; 422 where a reason is missing; `resource.conflict` for
 * an archived organisation that is not to become active, or was archived too long ago; `tenant.last_owner` for one that has no owner any more.
 */
export function setStatus(database: Database, change: StatusChange): Promise<readonly RecordedRevocation[]> {
  const { organisationId: id, status, reason } = change;
  return database.transaction(async (db) => {
    const was = await lockOrganisation(db, id);
    if (was === undefined) throw new AppError('resource.not_found');
    if (was === status) return [];
    if (change.needsReason && reason === undefined) throw reasonMissing();
    switch (status) {
      case 'suspended':
        if (was === 'archived')
          throw new AppError('resource.conflict', { detail: 'An archived organisation can only be restored.' });
        return [await suspend(db, change, was)];
      case 'archived': {
        const archived = await archiveOrganisation(db, id, change.event('organisation.archive', was));
        return archived === undefined ? [] : [archived.revocation];
      }
      case 'active':
        await restore(db, change, was);
        return [];
    }
  });
}

async function suspend(db: Db, change: StatusChange, was: TenantStatus): Promise<RecordedRevocation> {
  const { organisationId: id, reason = '' } = change;
  const { revision, ...revocation } = await markSuspended(db, id, reason);
  await recordAuditEvent(db, { ...change.event('organisation.suspend', was), organisationId: id });
  await writeEvent(db.query, 'organisation.suspended', { organisation_id: id, revision });
  return revocation;
}

async function restore(db: Db, change: StatusChange, was: TenantStatus): Promise<void> {
  const { organisationId: id } = change;
  if (was === 'archived') await requireRestorable(db, id);
  const { revision } = await markRestored(db, id);
  await recordAuditEvent(db, { ...change.event('organisation.restore', was), organisationId: id });
  await writeEvent(db.query, 'organisation.restored', { organisation_id: id, revision });
}

async function requireRestorable(db: Db, id: string): Promise<void> {
  if (!(await archivedWithin(db, id, RESTORABLE_DAYS)))
    throw new AppError('resource.conflict', { detail: `It was archived more than ${RESTORABLE_DAYS} days ago.` });
  if (!(await hasActiveOwner(db, id)))
    throw new AppError('tenant.last_owner', { detail: 'None of its owners has an account any more.' });
}

function reasonMissing(): AppError {
  return new AppError('request.invalid', {
    detail: 'body.reason: Required',
    errors: [{ path: 'body.reason', message: 'Required' }],
  });
}
