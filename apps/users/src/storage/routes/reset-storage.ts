import { resetStorage } from '@turnpike/contracts';
import { route, writeEvent } from '@turnpike/service-kit';
import { organisationOf } from '../../configuration/routes/caller.ts';
import type { Context } from '../../context.ts';
import { reportOf } from '../../users/stores/audit-events.ts';
import { deleteStorage } from '../stores/storage-settings.ts';
import { storageViewOf } from './storage-view.ts';

export const resetStorageRoute = (context: Context) =>
  route(resetStorage, async ({ identity, requestId }) => {
    const organisationId = organisationOf(identity);
    await forgetStorage(context, organisationId, identity.userId, requestId);
    return { status: 200, body: await storageViewOf(context, organisationId) };
  });

/** Forgets an organisation's store and its secret, if it has one, with an entry in the audit trail. */
export async function forgetStorage(
  { database, relay }: Pick<Context, 'database' | 'relay'>,
  organisationId: string,
  userId: string,
  requestId: string,
): Promise<void> {
  await database.transaction(async (db) => {
    if (!(await deleteStorage(db, organisationId))) return;
    const report = reportOf({ action: 'storage.reset', actor: 'user', requestId }, userId);
    await writeEvent(db.query, 'audit.recorded', { ...report, organisation_id: organisationId });
  });
  relay.kick();
}
