import { getUsage } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { statsViewOf } from '../stats/domain/stats-view.ts';
import { ceilTo, floorTo, type Interval } from '../stats/domain/stats.ts';
import { ownUse } from './whose.ts';

/** How far back sums of an interval may be asked for at once, in days. */
export const DAYS_MAX: Readonly<Record<Interval, number>> = { minute: 1, hour: 31, day: 400 };

export const getUsageRoute = ({ store }: Context) =>
  route(getUsage, async ({ query, identity }) => {
    const { interval, group_by: groupBy } = query;
    const { from, to } = periodOf(query, DAYS_MAX[interval]);
    const question = {
      whose: ownUse(identity),
      from: floorTo(interval, from),
      to: ceilTo(interval, to),
      interval,
      groupBy,
    };
    return { status: 200, body: statsViewOf(question, await store.stats(question)) };
  });
