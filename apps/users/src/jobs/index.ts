import { createRetentionSweep, startPeriodicJobs, type ServiceTools } from '@turnpike/service-kit';
import { resealSecrets } from '../configuration/reseal.ts';
import type { Context } from '../context.ts';
import { consumeEvents } from '../events.ts';
import { archiveLate } from '../storage/archive-late.ts';
import { archiveDue } from '../storage/archive-usage.ts';
import { archiveAudit } from '../storage/audit/archive-audit.ts';
import { runExports } from '../storage/exports/run-exports.ts';
import { archiveManagedUsage } from '../storage/managed/archive-managed-usage.ts';
import { resealStores } from '../storage/reseal.ts';
import { RETENTIONS } from './retentions.ts';

/** How often what has served its time is removed, in milliseconds. */
const RETENTION_MS = 3_600_000;
/** How often secrets are looked for that another key than the first sealed, in milliseconds. */
const RESEAL_MS = 60_000;
/** How often stores of organisations are looked for that something is due in, in milliseconds. */
const ARCHIVE_MS = 5_000;
/** How often exports are looked for that are to be written or deleted, in milliseconds. */
const EXPORTS_MS = 2_000;

/** Starts the work that goes on beside requests: the events of other services, the steps of erasures, and retention. */
export function startJobs(context: Context, tools: ServiceTools): { close(): Promise<void> } {
  const { database, erasures, vault } = context;
  const { logger, metrics } = tools;
  const sweep = createRetentionSweep({
    query: database.query,
    retentions: RETENTIONS,
    logger,
    metrics,
  });
  const periodic = startPeriodicJobs(
    [
      { name: 'retention', everyMs: RETENTION_MS, atStart: true, run: sweep },
      { name: 'archive', everyMs: ARCHIVE_MS, run: (signal: AbortSignal) => archiveDue(context, signal) },
      {
        name: 'archive-managed',
        everyMs: ARCHIVE_MS,
        run: (signal: AbortSignal) => archiveManagedUsage(context, signal),
      },
      { name: 'exports', everyMs: EXPORTS_MS, run: (signal: AbortSignal) => runExports(context, signal) },
      { name: 'archive-late', everyMs: ARCHIVE_MS, run: (signal: AbortSignal) => archiveLate(context, signal) },
      { name: 'archive-audit', everyMs: ARCHIVE_MS, run: (signal: AbortSignal) => archiveAudit(context, signal) },
      // With one key there is nothing to do; two are configured for as long as one replaces the other.
      ...(vault.keys > 1
        ? [
            {
              name: 'reseal',
              everyMs: RESEAL_MS,
              atStart: true,
              run: async (signal: AbortSignal) => {
                await resealSecrets(database, vault, logger, signal);
                await resealStores(context, signal);
              },
            },
          ]
        : []),
    ],
    logger,
  );
  const consumer = consumeEvents(context, tools);
  erasures.start();
  return {
    async close() {
      await Promise.all([consumer.close(), erasures.close(), periodic.close()]);
    },
  };
}
