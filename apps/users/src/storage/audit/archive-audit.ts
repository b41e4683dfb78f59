import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AUDIT_ARCHIVE_PAGE, auditEntries, auditMark, auditOrganisations } from '@turnpike/contracts';
import { AppError, backOffMs } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { auditFileOf } from '../domain/audit-chain.ts';
import { openTarget, type Target } from '../open-target.ts';
import { reasonOf } from '../probe.ts';
import { beginRun, claimRun, noteBrokenRun, noteRun } from '../stores/archive-runs.ts';
import {
  addDue,
  claimDueAudit,
  findPeriod,
  lastArchive,
  markPeriod,
  noteFile,
  postponeDue,
  removeDue,
  type DueAudit,
} from '../stores/audit-archives.ts';

const compress = promisify(gzip);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** How long after a day is marked its entries are read: by then all that were on their way into the trail are there, in milliseconds. */
const SETTLING_MS = 600_000;
const LEASE_MS = 600_000;
const RETRY_MS = 60_000;

type Needs = Pick<Context, 'auth' | 'config' | 'database' | 'logger' | 'managedPlace' | 'vault'>;

/** The name of an organisation's file. */
export const auditFileName = (day: string, number: number): string =>
  `audit/dt=${day}/${String(number).padStart(8, '0')}.ndjson.gz`;

/**
 * Archives the days of the audit trail that are over, each organisation's own entries, in files that each go on from the one before. What was recorded
 * late is in the file of the day on which it was recorded.
 */
export async function archiveAudit(context: Needs, signal: AbortSignal): Promise<void> {
  await beginRun(context.database, 'audit', 'day');
  await findDue(context, signal);
  while (!signal.aborted) {
    const due = await claimDueAudit(context.database, LEASE_MS);
    if (due === undefined) return;
    await archiveDay(context, due, signal);
  }
}

/** Marks the day that is over, waits, and then notes whose entries are to be archived. */
async function findDue({ auth, database, logger }: Needs, signal: AbortSignal): Promise<void> {
  const run = await claimRun(database, 'audit', LEASE_MS);
  if (run === undefined) return;
  const until = new Date(run.until.getTime() + DAY_MS);
  try {
    const day = run.until.toISOString().slice(0, 10);
    const period = await findPeriod(database, day);
    if (Date.now() < until.getTime())
      return await noteRun(database, 'audit', run, run.until, until.getTime() - Date.now());
    if (period === undefined) {
      await markPeriod(database, day, (await auth.call(auditMark, { signal })).last_id);
      return await noteRun(database, 'audit', run, run.until, SETTLING_MS);
    }
    const range = { after_id: period.afterId, until_id: period.untilId };
    let cursor: string | undefined;
    do {
      const query = { ...range, ...(cursor === undefined ? {} : { cursor }) };
      const page = await auth.call(auditOrganisations, { query, signal });
      await addDue(database, period, page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    await noteRun(database, 'audit', run, until, 0);
  } catch (err) {
    logger.warn({ err, attempts: run.attempts + 1 }, 'a day of the audit trail could not be looked through');
    await noteBrokenRun(database, 'audit', run, undefined, backOffMs(run.attempts + 1, RETRY_MS, HOUR_MS));
  }
}

async function archiveDay(context: Needs, due: DueAudit, signal: AbortSignal): Promise<void> {
  const { database, logger } = context;
  const { organisationId, day, attempts } = due;
  try {
    const target = await openTarget(context, organisationId, 'audit');
    if (target !== undefined) {
      try {
        await writeFiles(context, due, target, signal);
      } finally {
        target.objects.close();
      }
    }
    await removeDue(database, due);
  } catch (err) {
    const reason = err instanceof AppError ? undefined : reasonOf(err);
    logger.warn(
      { err, organisationId, day, reason, attempts: attempts + 1 },
      'a day of an audit trail is not archived',
    );
    await postponeDue(database, due, backOffMs(attempts + 1, RETRY_MS, HOUR_MS));
  }
}

/** Each file is noted before the next is written; one that broke off is written again under its number. */
async function writeFiles(
  { auth, database }: Needs,
  due: DueAudit,
  { objects, place }: Target,
  signal: AbortSignal,
): Promise<void> {
  const { organisationId, day, untilId } = due;
  let last = await lastArchive(database, organisationId);
  let afterId = due.afterId;
  for (;;) {
    const query = { after_id: afterId, until_id: untilId };
    const { items } = await auth.call(auditEntries, { params: { id: organisationId }, query, signal });
    const lastId = items.at(-1)?.id;
    if (lastId === undefined) return;
    const head = { organisationId, day, number: (last?.number ?? 0) + 1, previous: last?.chain ?? null };
    const { text, chain } = auditFileOf(head, items);
    await objects.put(auditFileName(day, head.number), await compress(text), signal);
    const file = { number: head.number, day, entries: items.length, previous: head.previous, chain, place };
    await database.transaction((db) => noteFile(db, due, file, lastId));
    last = file;
    afterId = lastId;
    if (items.length < AUDIT_ARCHIVE_PAGE) return;
  }
}
