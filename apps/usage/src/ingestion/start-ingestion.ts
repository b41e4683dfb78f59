import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge } from '@prometheus-io/client';
import { z } from 'zod';
import { startPollLoop, type PollLoop, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { Database } from '../database.ts';
import { ENTRIES_MAX, ingestOnce, type IngestTools } from './ingest.ts';
import { StreamReader } from './stream-reader.ts';

/** Pause while the stream cannot be read, in milliseconds; what is read waits inside Redis for news. */
const EVERY_MS = 100;
const RETRY_MS_MAX = 2_000;
/** How often batches that another process left unfinished are looked for, in milliseconds. */
const TAKE_OVER_EVERY_MS = 5_000;
/**
 * From so many records a round on, news is gathered for so long, in milliseconds, since each sum is written once per round, for however many
 * records. While there is little traffic a record is stored as it comes.
 */
const GATHER_RECORDS = 100;
const GATHER_MS = 1_000;

/** Reads the stream of request records until it is closed. */
export function startIngestion(context: Context, { logger, metrics }: ServiceTools): PollLoop {
  const { config, database, store, waitingRedis } = context;
  const reader = new StreamReader(waitingRedis);
  const stored = new Counter({
    name: 'turnpike_usage_records_stored_total',
    help: 'Request records stored.',
    registers: [metrics.registry],
  });
  exposeLosses(database, reader, context, metrics.registry);
  const tools: IngestTools = {
    reader,
    store,
    logger,
    nowMs: () => Date.now(),
    claimIdleMs: config.USAGE_CLAIM_IDLE_MS,
    onStored: (records) => stored.inc(records),
    async onUnreadable(entryId, reason) {
      await database.prisma.unreadableEntry.upsert({ where: { entryId }, create: { entryId, reason }, update: {} });
    },
  };
  let prepared = false;
  let lookAtMs = 0;
  const loop = startPollLoop({
    name: 'reading request records',
    everyMs: EVERY_MS,
    retryMsMax: RETRY_MS_MAX,
    logger,
    async round(signal) {
      if (!prepared) await store.prepare();
      prepared = true;
      if (performance.now() >= lookAtMs) {
        const { entries } = await ingestOnce(tools, true);
        if (entries === 0) lookAtMs = performance.now() + Math.min(TAKE_OVER_EVERY_MS, config.USAGE_CLAIM_IDLE_MS);
      }
      const beganMs = performance.now();
      const { entries, records } = await ingestOnce(tools, false);
      // A full round leaves more behind.
      if (records >= GATHER_RECORDS && entries < ENTRIES_MAX)
        await sleep(Math.max(0, GATHER_MS - (performance.now() - beganMs)), undefined, { signal }).catch(() => {});
      return !signal.aborted;
    },
  });
  return {
    kick: () => loop.kick(),
    async close() {
      await loop.close();
      await reader.leave().catch(() => {});
    },
  };
}

const counted = z.object({ count: z.int() });

/** Read when metrics are scraped, so that every process tells the same. */
function exposeLosses(
  database: Database,
  reader: StreamReader,
  { logger }: Context,
  registry: ServiceTools['metrics']['registry'],
): void {
  const gauge = (name: string, help: string, read: () => Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        try {
          this.set(await read());
        } catch (err) {
          // A store that is down must not take the other metrics with it.
          logger.debug({ err, name }, 'the state of the ingestion could not be read');
        }
      },
    });
  };
  gauge(
    'turnpike_usage_batches_lost',
    'Batches of request records that edges numbered in the last two days and that were not stored: lost, or still on their way.',
    async () =>
      (await database.one(counted)`SELECT coalesce(sum(last_sequence - batches), 0)::int AS count FROM producer`).count,
  );
  gauge(
    'turnpike_usage_batches_unreadable',
    'Batches of request records of the last 30 days that could not be read.',
    async () => database.prisma.unreadableEntry.count(),
  );
  gauge(
    'turnpike_usage_calls_unmatched',
    'Calls of language models of the last two days whose request record has not come: lost, or still on its way.',
    async () => database.prisma.unmatchedCall.count(),
  );
  gauge('turnpike_usage_stream_entries', 'Batches of request records that wait on the stream.', () => reader.waiting());
}
