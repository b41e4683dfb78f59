import { adminTraffic } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilTo } from '../stats/domain/stats.ts';
import { trafficViewOf } from '../traffic/domain/traffic-view.ts';
import { trafficBetween } from '../traffic/traffic-query.ts';

const MINUTE_MS = 60_000;

export const adminTrafficRoute = ({ database }: Context) =>
  route(adminTraffic, async ({ query }) => {
    const now = new Date();
    const { to: moment } = periodOf({ to: query.to });
    const end = ceilTo('minute', new Date(moment.getTime() + 1));
    const from = new Date(end.getTime() - query.minutes * MINUTE_MS);
    const traffic = await trafficBetween(database, from, end);
    return { status: 200, body: trafficViewOf(traffic, from, end > now && now > from ? now : end) };
  });
