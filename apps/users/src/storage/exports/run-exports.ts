import type { ExportFailure } from '@turnpike/contracts';
import { AppError, backOffMs, writeEvent } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { openPlace } from '../open-target.ts';
import { reasonOf } from '../probe.ts';
import {
  claimExport,
  forgetExport,
  noteBroken,
  noteFailed,
  releaseExport,
  type OrganisationExport,
} from '../stores/exports.ts';
import { exportPageName, writeExport } from './write-export.ts';

/** How long nobody else takes an export, in milliseconds; longer than one of its files may take. */
const LEASE_MS = 300_000;
/** First and longest pause after failures, in milliseconds. */
const RETRY_MS = 60_000;
const RETRY_MS_MAX = 3_600_000;
/** How long nothing goes well before an export has failed, in milliseconds. */
const FAILED_AFTER_MS = 86_400_000;

type Needs = Pick<Context, 'config' | 'database' | 'entries' | 'logger' | 'managedPlace' | 'relay' | 'usage' | 'vault'>;

/** Writes the exports that are asked for and deletes those that have served their time, until nothing is due. */
export async function runExports(context: Needs, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const due = await claimExport(context.database, LEASE_MS);
    if (due === undefined) return;
    await work(context, due, signal);
  }
}

async function work(context: Needs, due: OrganisationExport, signal: AbortSignal): Promise<void> {
  const { database, logger } = context;
  const { id, organisationId, state, attempts } = due;
  try {
    if (state === 'deleting') await removeFiles(context, due, signal);
    else await write(context, due, signal);
  } catch (err) {
    if (signal.aborted) return releaseExport(database, due);
    const failure = err instanceof AppError ? 'unavailable' : reasonOf(err);
    logger.warn({ err, organisationId, export: id, state, attempts: attempts + 1 }, 'an export broke off');
    const failingMs = await noteBroken(database, due, failure, backOffMs(attempts + 1, RETRY_MS, RETRY_MS_MAX));
    if (failingMs < FAILED_AFTER_MS) return;
    if (state === 'deleting') await database.transaction((db) => forgetExport(db, due));
    else await fail(context, due, failure);
  }
}

async function write(context: Needs, due: OrganisationExport, signal: AbortSignal): Promise<void> {
  const objects = await openPlace(context, due.organisationId, due.place);
  if (objects === undefined) return fail(context, due, 'store_changed');
  try {
    const outcome = await writeExport(context, objects, due, LEASE_MS, signal);
    if (outcome === 'too_large') await fail(context, due, 'too_large');
    if (outcome === 'more') await releaseExport(context.database, due);
  } finally {
    objects.close();
  }
}

/** Deletes the files of an export, also of one that was being written to; those in a store that was given up stay there. */
async function removeFiles(context: Needs, due: OrganisationExport, signal: AbortSignal): Promise<void> {
  const objects = await openPlace(context, due.organisationId, due.place);
  if (objects !== undefined)
    try {
      // One may be written that is not noted.
      for (let number = 1; number <= due.pages + 1; number += 1)
        await objects.delete(exportPageName(due.id, number), signal);
    } finally {
      objects.close();
    }
  await context.database.transaction((db) => forgetExport(db, due));
}

/** Ends an export, and has the owners mailed. */
async function fail(
  { database, relay }: Pick<Needs, 'database' | 'relay'>,
  due: OrganisationExport,
  failure: ExportFailure,
): Promise<void> {
  await database.transaction(async (db) => {
    if (!(await noteFailed(db, due, failure))) return;
    await writeEvent(db.query, 'organisation.notice', {
      organisation_id: due.organisationId,
      key: `export_${due.id}`,
      notice: { kind: 'export_failed', requested_at: due.createdAt.toISOString(), reason: failure },
    });
  });
  relay.kick();
}
