import { USAGE_COUNTED_MAX } from '@turnpike/contracts';
import type { RecordFilter, StoredRecord } from '../records/domain/stored-record.ts';
import type { UsageStore } from '../records/usage-store.ts';

/** A page of records and how many there are, counted up to `USAGE_COUNTED_MAX`. */
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
  const capped = counted > USAGE_COUNTED_MAX;
  return {
    items: items.map(view),
    total: capped ? USAGE_COUNTED_MAX : counted,
    ...(capped ? { total_is_capped: true as const } : {}),
    limit,
    offset,
  };
}
