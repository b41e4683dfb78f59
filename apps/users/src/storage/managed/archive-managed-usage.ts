import { ARCHIVE_SETTLING_MS, archivedOrganisations } from '@turnpike/contracts';
import { AppError, backOffMs } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { archiveHour, HOUR_MS } from '../archive-hour.ts';
import { reasonOf } from '../probe.ts';
import { beginRun, claimRun, noteBrokenRun, noteRun, withOwnStore } from '../stores/archive-runs.ts';
import { openManaged, within } from './open-managed.ts';

/** How long nobody else takes the run, in milliseconds. An hour that two write is written under the same names. */
const LEASE_MS = 600_000;
const RETRY_MS = 60_000;

type Needs = Pick<Context, 'config' | 'database' | 'logger' | 'managedPlace' | 'usage'>;

/** Archives the hours that are over of all organisations without a store of their own, in the operator's place, if there is one. */
export async function archiveManagedUsage(context: Needs, signal: AbortSignal): Promise<void> {
  if (context.managedPlace === undefined) return;
  const { database, logger } = context;
  await beginRun(database, 'usage_logs', 'hour');
  while (!signal.aborted) {
    const run = await claimRun(database, 'usage_logs', LEASE_MS);
    if (run === undefined) return;
    const until = new Date(run.until.getTime() + HOUR_MS);
    const dueInMs = until.getTime() + ARCHIVE_SETTLING_MS - Date.now();
    try {
      if (dueInMs <= 0) await archiveEverybodys(context, context.managedPlace, run.until, signal);
      await noteRun(database, 'usage_logs', run, dueInMs <= 0 ? until : run.until, Math.max(0, dueInMs));
    } catch (err) {
      const reason = err instanceof AppError ? undefined : reasonOf(err);
      logger.warn({ err, attempts: run.attempts + 1 }, "an hour could not be archived in the operator's place");
      await noteBrokenRun(database, 'usage_logs', run, reason, backOffMs(run.attempts + 1, RETRY_MS, HOUR_MS));
    }
  }
}

async function archiveEverybodys(
  context: Needs,
  place: NonNullable<Needs['managedPlace']>,
  from: Date,
  signal: AbortSignal,
): Promise<void> {
  const { database, usage } = context;
  const period = { from: from.toISOString(), to: new Date(from.getTime() + HOUR_MS).toISOString() };
  const objects = openManaged(place);
  let cursor: string | undefined;
  try {
    do {
      const query = { ...period, ...(cursor === undefined ? {} : { cursor }) };
      const page = await usage.call(archivedOrganisations, { query, signal });
      const own = await withOwnStore(database, page.items);
      for (const organisationId of page.items) {
        if (own.has(organisationId)) continue;
        await archiveHour(context, within(objects, organisationId), organisationId, from, signal);
      }
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  } finally {
    objects.close();
  }
}
