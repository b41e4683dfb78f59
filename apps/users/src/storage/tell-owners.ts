import { writeEvent } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { findStorage, noteTold } from './stores/storage-settings.ts';

/** How long nothing can be written before the owners are mailed, in milliseconds. */
const TOLD_AFTER_MS = 86_400_000;

/** Has the owners of an organisation mailed that its store has failed for a day, once for each outage. */
export async function tellOwnersOnce(
  { database, relay }: Pick<Context, 'database' | 'relay'>,
  organisationId: string,
): Promise<void> {
  await database.transaction(async (db) => {
    if (!(await noteTold(db, organisationId, TOLD_AFTER_MS))) return;
    const stored = await findStorage(db, organisationId);
    if (stored === undefined || stored.failingSince === null) return;
    const since = stored.failingSince.toISOString();
    await writeEvent(db.query, 'organisation.notice', {
      organisation_id: organisationId,
      key: `storage_${organisationId}_${stored.failingSince.getTime()}`,
      notice: { kind: 'storage_failing', since, reason: stored.lastError ?? 'other' },
    });
  });
  relay.kick();
}
