import { RECORDS_FORMAT, recordBatch, recordEntry } from '@turnpike/contracts';
import { isStoreOutage, type Logger } from '@turnpike/service-kit';
import { completionsOf, rowsOf, type Bounds } from '../records/domain/record-row.ts';
import type { StoredBatch, UsageStore } from '../records/usage-store.ts';
import type { StreamEntry, StreamReader } from './stream-reader.ts';

/** Entries that are read at once: at most so many full batches in memory and in one transaction. */
export const ENTRIES_MAX = 16;
/** How far from now a record may claim to be, in milliseconds; days beyond have no partition. */
const OLDEST_MS = 2 * 86_400_000;
const NEWEST_MS = 5 * 60_000;

export interface IngestTools {
  readonly reader: StreamReader;
  readonly store: UsageStore;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly claimIdleMs: number;
  /** Notes an entry that nobody can read. */
  readonly onUnreadable: (entryId: string, reason: string) => Promise<void>;
  readonly onStored: (records: number) => void;
}

/** What one round dealt with. */
export interface Ingested {
  readonly entries: number;
  readonly records: number;
}

/**
 * One round: takes what is new on the stream, or what another process left unfinished, stores it and only then lets go of it. Killed anywhere, it
 * leaves entries that are read again, and a batch that was stored already changes nothing.
 */
export async function ingestOnce(tools: IngestTools, takeOver: boolean): Promise<Ingested> {
  const { reader, claimIdleMs } = tools;
  const entries = takeOver ? await reader.takeOver(claimIdleMs, ENTRIES_MAX) : await reader.next(ENTRIES_MAX);
  if (entries.length === 0) return { entries: 0, records: 0 };
  const readable: ReadEntry[] = [];
  const bounds = { fromMs: tools.nowMs() - OLDEST_MS, untilMs: tools.nowMs() + NEWEST_MS };
  for (const entry of entries) {
    const batch = batchOf(entry, bounds);
    if ('rows' in batch) readable.push({ id: entry.id, batch });
    else await setAside(tools, entry.id, batch.unreadable);
  }
  await store(tools, readable);
  await reader.done(entries.map(({ id }) => id));
  const records = readable.reduce((sum, { batch }) => sum + batch.rows.length, 0);
  return { entries: entries.length, records };
}

interface ReadEntry {
  readonly id: string;
  readonly batch: StoredBatch;
}

/** All together; where that fails, one by one, so that a batch which the store refuses holds up no other. Throws while the store is down. */
async function store(tools: IngestTools, entries: readonly ReadEntry[]): Promise<void> {
  if (entries.length === 0) return;
  try {
    const { records } = await tools.store.append(entries.map(({ batch }) => batch));
    tools.onStored(records);
  } catch (error) {
    if (entries.length > 1) {
      for (const entry of entries) await store(tools, [entry]);
      return;
    }
    if (isStoreOutage(error)) throw error;
    tools.logger.error({ err: error, entry: entries[0]?.id }, 'the store refuses a batch of request records');
    await setAside(tools, entries[0]?.id ?? '', 'the store refused it');
  }
}

async function setAside({ logger, onUnreadable }: IngestTools, entryId: string, reason: string): Promise<void> {
  logger.error({ entry: entryId, reason }, 'a batch of request records is set aside');
  await onUnreadable(entryId, reason);
}

function batchOf({ fields }: StreamEntry, bounds: Bounds): StoredBatch | { readonly unreadable: string } {
  if (fields === undefined) return { unreadable: 'it was trimmed before it was stored' };
  const entry = recordEntry.safeParse(fields);
  if (!entry.success) return { unreadable: 'its fields are not those of a batch' };
  const { v, e: producer, q: sequence, b } = entry.data;
  if (v !== RECORDS_FORMAT) return { unreadable: `its form is ${v}, which this release does not know` };
  const batch = recordBatch.safeParse(parse(b));
  if (!batch.success) return { unreadable: `its records break their form: ${batch.error.issues[0]?.message ?? ''}` };
  return {
    producer,
    sequence,
    rows: rowsOf(batch.data, producer, sequence, bounds),
    completions: completionsOf(batch.data, bounds),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
