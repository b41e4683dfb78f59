import { archiveEntries, archiveUsage } from '@turnpike/contracts';
import type { Context } from '../../context.ts';
import type { OrganisationExport, Place } from '../stores/exports.ts';

/** Records to be written next, and where to go on behind them. */
export interface Batch {
  readonly items: readonly object[];
  readonly next: Place;
}

/** No record is older. */
const EPOCH = new Date(0).toISOString();

/** Reads what is to be written next of an export. A batch may be empty though others follow. */
export async function readBatch(
  context: Pick<Context, 'entries' | 'usage'>,
  going: OrganisationExport,
  signal: AbortSignal,
): Promise<Batch> {
  const { kind } = going;
  const { items, cursor } = await (going.include[kind] === 'requests'
    ? readRequests(context, going, signal)
    : readTransactions(context, going, signal));
  return { items, next: cursor === null ? { kind: kind + 1, cursor: null } : { kind, cursor } };
}

interface Read {
  readonly items: readonly object[];
  /** Null at the end. */
  readonly cursor: string | null;
}

async function readRequests(
  { usage }: Pick<Context, 'usage'>,
  { organisationId, since, until, cursor }: OrganisationExport,
  signal: AbortSignal,
): Promise<Read> {
  const period = { from: since?.toISOString() ?? EPOCH, to: until.toISOString() };
  const query = { ...period, ...(cursor === null ? {} : { cursor }) };
  const page = await usage.call(archiveUsage, { params: { id: organisationId }, query, signal });
  return { items: page.items.map((item) => ({ record: 'request', ...item })), cursor: page.next_cursor };
}

async function readTransactions(
  { entries }: Pick<Context, 'entries'>,
  { organisationId, since, until, cursor }: OrganisationExport,
  signal: AbortSignal,
): Promise<Read> {
  const query = cursor === null ? {} : { as_of: cursor };
  const page = await entries.call(archiveEntries, { params: { id: organisationId }, query, signal });
  const timed = page.items.map((item) => ({ item, atMs: Date.parse(item.created_at) }));
  const sinceMs = since?.getTime() ?? 0;
  const items = timed
    .filter(({ atMs }) => atMs >= sinceMs && atMs < until.getTime())
    .map(({ item }) => ({ record: 'transaction', ...item }));
  // They come newest first.
  const isPast = timed.some(({ atMs }) => atMs < sinceMs);
  return { items, cursor: isPast ? null : page.next_as_of };
}
