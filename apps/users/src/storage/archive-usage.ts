import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { archiveUsage, type Output } from '@turnpike/contracts';
import { AppError, backOffMs } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { openStored } from './choose-store.ts';
import { reasonOf } from './probe.ts';
import { openS3Store, type ObjectStore } from './s3-client.ts';
import { claimDue, noteArchived, noteNextAttempt, type StoredStorage } from './stores/storage-settings.ts';
import { tellOwnersOnce } from './tell-owners.ts';

const compress = promisify(gzip);
const HOUR_MS = 3_600_000;
/** How long after its end an hour is archived, so that records which are still on their way are in it, in milliseconds. */
const SETTLING_MS = 600_000;
/** How long nobody else takes a store that is being written to, in milliseconds; longer than an hour of it may take. */
const LEASE_MS = 600_000;
const HOUR_TIMEOUT_MS = 300_000;
/** First and longest pause after failures, in milliseconds. */
const RETRY_MS = 60_000;
const RETRY_MS_MAX = HOUR_MS;

type Needs = Pick<Context, 'config' | 'database' | 'logger' | 'relay' | 'usage' | 'vault'>;
type Item = Output<typeof archiveUsage>['items'][number];

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
      const isOver = Date.now() >= until.getTime() + SETTLING_MS;
      if (isOver) {
        const ending = AbortSignal.any([signal, AbortSignal.timeout(HOUR_TIMEOUT_MS)]);
        const written = await archiveHour(context, objects, organisationId, from, ending);
        await noteArchived(database, storage, until, written > 0);
      }
      // The hour after that may be over too.
      await noteNextAttempt(database, storage, isOver ? 0 : until.getTime() + SETTLING_MS - Date.now(), undefined);
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

/** Returns how many objects were written. */
async function archiveHour(
  { usage }: Needs,
  objects: ObjectStore,
  organisationId: string,
  from: Date,
  signal: AbortSignal,
): Promise<number> {
  const period = { from: from.toISOString(), to: new Date(from.getTime() + HOUR_MS).toISOString() };
  let cursor: string | undefined;
  let written = 0;
  do {
    const query = { ...period, ...(cursor === undefined ? {} : { cursor }) };
    const page = await usage.call(archiveUsage, { params: { id: organisationId }, query, signal });
    if (page.items.length > 0) {
      const lines = page.items.map((item) => `${JSON.stringify(item)}\n`).join('');
      await objects.put(nameOf(from, page.items), await compress(lines), signal);
      written += 1;
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return written;
}

/** The same records have the same name, whoever writes them. */
function nameOf(from: Date, items: readonly Item[]): string {
  const [day, time = ''] = from.toISOString().split('T');
  return `usage/dt=${day}/h=${time.slice(0, 2)}/${items.at(-1)?.id}-${items[0]?.id}.ndjson.gz`;
}
