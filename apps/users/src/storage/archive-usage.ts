import { ARCHIVE_SETTLING_MS } from '@turnpike/contracts';
import { AppError, backOffMs } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { archiveHour, HOUR_MS } from './archive-hour.ts';
import { openStored } from './choose-store.ts';
import { reasonOf } from './probe.ts';
import { openS3Store } from './s3-client.ts';
import { claimDue, noteArchived, noteNextAttempt, type StoredStorage } from './stores/storage-settings.ts';
import { tellOwnersOnce } from './tell-owners.ts';

/** How long nobody else takes a store that is being written to, in milliseconds; longer than an hour of it may take. */
const LEASE_MS = 600_000;
const HOUR_TIMEOUT_MS = 300_000;
/** First and longest pause after failures, in milliseconds. */
const RETRY_MS = 60_000;
const RETRY_MS_MAX = HOUR_MS;

type Needs = Pick<Context, 'config' | 'database' | 'logger' | 'relay' | 'usage' | 'vault'>;

/**
 * Archives what is due in the stores of organisations, one at a time, until nothing is. An hour is done when all of it is written; one that broke
 * off is written again under the same names.
 */
export async function archiveDue(context: Needs, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const storage = await claimDue(context.database, LEASE_MS);
    if (storage === undefined) return;
    await archiveStore(context, storage, signal);
  }
}

async function archiveStore(context: Needs, storage: StoredStorage, signal: AbortSignal): Promise<void> {
  const { database, logger, config } = context;
  const { organisationId } = storage;
  try {
    const objects = openS3Store(openStored(context, storage), { allowPrivate: config.STORAGE_INTERNAL_ALLOWED });
    try {
      const from = storage.archivedUntil;
      const until = new Date(from.getTime() + HOUR_MS);
      const isOver = Date.now() >= until.getTime() + ARCHIVE_SETTLING_MS;
      if (isOver && !storage.streams.includes('usage_logs')) await noteArchived(database, storage, until, false);
      else if (isOver) {
        const ending = AbortSignal.any([signal, AbortSignal.timeout(HOUR_TIMEOUT_MS)]);
        const written = await archiveHour(context, objects, organisationId, from, ending);
        await noteArchived(database, storage, until, written > 0);
      }
      // The hour after that may be over too.
      await noteNextAttempt(
        database,
        storage,
        isOver ? 0 : until.getTime() + ARCHIVE_SETTLING_MS - Date.now(),
        undefined,
      );
    } finally {
      objects.close();
    }
  } catch (err) {
    // An outage of ours says nothing of their store.
    const reason = err instanceof AppError ? undefined : reasonOf(err);
    logger.warn({ err, organisationId, attempts: storage.attempts + 1 }, 'an hour could not be archived');
    await noteNextAttempt(database, storage, backOffMs(storage.attempts + 1, RETRY_MS, RETRY_MS_MAX), { reason });
    if (reason !== undefined) await tellOwnersOnce(context, organisationId);
  }
}
