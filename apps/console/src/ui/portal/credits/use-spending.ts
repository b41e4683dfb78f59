import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { dayOf, filled } from '../usage/range.ts';

type Sums = Operations['usage.get']['answers']['series'][number];

/** Days of the curve. */
export const SPENDING_DAYS = 30;
const DAY_MS = 86_400_000;

/** What a day cost, in credits as a decimal. */
export interface DaySpent {
  readonly day: string;
  readonly cost: string;
}

/** What each of the last days cost, oldest first, the present one last; an organisation's credits are spent by all of its members. */
export function useSpending() {
  const organisation = useScope() !== undefined;
  const [period] = useState(() => {
    const toMs = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    const from = new Date(toMs - SPENDING_DAYS * DAY_MS).toISOString();
    return { from, to: new Date(toMs).toISOString(), interval: 'day' as const };
  });
  const own = useOperation('usage.get', { query: period }, { enabled: !organisation });
  const all = useOperation('usage.analyticsStats', { query: period }, { enabled: organisation });
  const { error, refetch } = organisation ? all : own;
  const series = (organisation ? all.data : own.data)?.series;
  return { error, refetch, data: series && daysOf(series, period) };
}

function daysOf(
  series: readonly Pick<Sums, 'bucket' | 'cost'>[],
  period: Parameters<typeof filled>[1],
): readonly DaySpent[] {
  return filled(series, period, (bucket) => ({ bucket, cost: '0' })).map(({ bucket, cost }) => ({
    day: dayOf(bucket),
    cost,
  }));
}
