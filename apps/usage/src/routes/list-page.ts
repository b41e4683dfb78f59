import { USAGE_COUNTED_MAX } from '@turnpike/contracts';
import type { RecordFilter, StoredRecord } from '../records/domain/stored-record.ts';
import type { UsageStore } from '../records/usage-store.ts';
import { ceilTo, floorTo } from '../stats/domain/stats.ts';

/**
 * A page of records and how many there are: counted up to `USAGE_COUNTED_MAX`, and past that by the sums of whole hours, where sums know all that the
 * filter asks for.
 */
export async function pageOf<V>(
  store: UsageStore,
  filter: RecordFilter,
  page: { readonly limit: number; readonly offset: number; readonly cursor?: string | undefined },
  view: (record: StoredRecord) => V,
) {
  const { limit, offset, cursor } = page;
  const [items, counted] = await Promise.all([
    store.list(filter, { limit, offset, before: cursor }),
    store.count(filter, USAGE_COUNTED_MAX + 1),
  ]);
  const total = counted > USAGE_COUNTED_MAX ? await countBySums(store, filter) : counted;
  return {
    items: items.map(view),
    ...(total === undefined ? { total: USAGE_COUNTED_MAX, total_is_capped: true as const } : { total }),
    limit,
    offset,
  };
}

/** Whole hours from their sums, what lies before and after from the records; `undefined` where sums do not know the answer. */
async function countBySums(store: UsageStore, filter: RecordFilter): Promise<number | undefined> {
  const { whose, from, to, keyId, userId, provider, model, status } = filter;
  if (whose.kind === 'everybody' || !isKnownToSums(filter)) return undefined;
  const first = ceilTo('hour', from);
  const last = floorTo('hour', to);
  if (first >= last) return undefined;
  const [hours, ...edges] = await Promise.all([
    store.stats({
      whose,
      from: first,
      to: last,
      interval: 'hour',
      groupBy: 'none',
      keyId,
      userId,
      provider,
      model,
      statusClass: status === undefined ? undefined : Number(status.charAt(0)),
    }),
    store.count({ ...filter, to: first }, USAGE_COUNTED_MAX + 1),
    store.count({ ...filter, from: last }, USAGE_COUNTED_MAX + 1),
  ]);
  if (edges.some((count) => count > USAGE_COUNTED_MAX)) return undefined;
  return edges.reduce((sum, count) => sum + count, hours.totals.requests);
}

function isKnownToSums({
  route,
  code,
  requestId,
  hasViolation,
  chargedMin,
  organisationId,
  status,
}: RecordFilter): boolean {
  const others = [route, code, requestId, hasViolation, chargedMin, organisationId];
  return others.every((filter) => filter === undefined) && (status === undefined || status.endsWith('xx'));
}
