import { noteLateBatch, takeLateBatch } from '@turnpike/contracts';
import type { Context } from '../context.ts';
import { openTarget } from './open-target.ts';
import { usageFileBody, usageFileName } from './usage-file.ts';

const FILE_TIMEOUT_MS = 60_000;

type Needs = Pick<Context, 'config' | 'database' | 'logger' | 'managedPlace' | 'usage' | 'vault'>;

/**
 * Archives the records that usage stored when their hour may have been archived, beside the files of that hour, until there are none. A file that broke off is
 * given out again by usage, with the same records.
 */
export async function archiveLate(context: Needs, signal: AbortSignal): Promise<void> {
  const { logger, usage } = context;
  while (!signal.aborted) {
    const { batch } = await usage.call(takeLateBatch, { signal });
    if (batch === null) return;
    const { id, organisation_id: organisationId, hour, items } = batch;
    try {
      const target = items.length > 0 ? await openTarget(context, organisationId, 'usage_logs') : undefined;
      if (target !== undefined) {
        const ending = AbortSignal.any([signal, AbortSignal.timeout(FILE_TIMEOUT_MS)]);
        try {
          await target.objects.put(usageFileName(new Date(hour), items, 'late-'), await usageFileBody(items), ending);
        } finally {
          target.objects.close();
        }
      }
      await usage.call(noteLateBatch, { params: { id }, signal });
    } catch (err) {
      logger.warn({ err, organisationId, hour }, 'late records of an hour could not be archived');
    }
  }
}
