import type { GroupBy, StatsQuestion } from '../../stats/domain/stats.ts';
import type { Whose } from '../domain/stored-record.ts';

/** Groups that totals know. */
const OF_TOTALS: ReadonlySet<GroupBy> = new Set(['none', 'status', 'model', 'provider']);

/** Whether the totals, which are few, know the answer: neither filter nor group asks by whom or where. */
export function isOfTotals({ whose, interval, groupBy, keyId, userId }: StatsQuestion): boolean {
  const user = whose.kind === 'member' ? whose.userId : userId;
  return interval !== 'minute' && user === undefined && keyId === undefined && OF_TOTALS.has(groupBy);
}

/** Whose sums: an organisation's are apart from those of its members. */
export function sumsOwnerOf(whose: Whose): string {
  switch (whose.kind) {
    case 'person':
      return whose.userId;
    case 'member':
    case 'organisation':
      return whose.organisationId;
    case 'everybody':
      throw new Error('sums are kept by owner');
  }
}
