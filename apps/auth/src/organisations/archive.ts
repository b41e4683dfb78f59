import { writeEvent } from '@turnpike/service-kit';
import { recordAuditEvent, type AuditEvent } from '../audit/stores/audit.ts';
import type { Db } from '../database.ts';
import type { RecordedRevocation } from '../revocations/domain/revocation.ts';
import { markArchived } from './stores/archiving.ts';

/** An organisation that was archived just now. */
export interface Archived {
  readonly archivedAt: Date;
  readonly revocation: RecordedRevocation;
}

/**
 * Archives an organisation in the caller's transaction: it is nobody's any more, its slug is held for a while, credits is told. Members, keys and
 * invites stay as they are, and say nothing while it is archived. `event`: the act in the audit trail. `undefined` where it was archived before.
 */
export async function archiveOrganisation(db: Db, id: string, event: AuditEvent): Promise<Archived | undefined> {
  const archived = await markArchived(db, id);
  if (archived === undefined) return undefined;
  const { revision, archivedAt, ...revocation } = archived;
  await recordAuditEvent(db, { ...event, organisationId: id });
  await writeEvent(db.query, 'organisation.archived', { organisation_id: id, revision });
  return { archivedAt, revocation };
}
