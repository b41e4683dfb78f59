import { analyticsStats } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { statsViewOf } from '../stats/domain/stats-view.ts';
import { ceilTo, floorTo } from '../stats/domain/stats.ts';
import { DAYS_MAX } from './get-usage.ts';
import { useOfOrganisation } from './whose.ts';

export const analyticsStatsRoute = ({ store }: Context) =>
  route(analyticsStats, async ({ query, identity }) => {
    const { interval, group_by: groupBy, provider, model, key_id: keyId, user_id: userId, status } = query;
    const { from, to } = periodOf(query, DAYS_MAX[interval]);
    const question = {
      whose: useOfOrganisation(identity),
      from: floorTo(interval, from),
      to: ceilTo(interval, to),
      interval,
      groupBy,
      provider,
      model,
      keyId,
      userId,
      statusClass: status === undefined ? undefined : Number(status.charAt(0)),
    };
    return { status: 200, body: statsViewOf(question, await store.stats(question)) };
  });
