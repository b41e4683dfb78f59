import { clockchainMoments, exportMyMoments, listMoments } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { requireUserId } from './caller.ts';
import { momentView } from './views.ts';

/** The list of moments, also where the example stands in for Clockchain. */
export const listMomentsRoutes = ({ moments }: Context) =>
  [listMoments, clockchainMoments].map((endpoint) =>
    route(endpoint, async ({ query, request }) => {
      const { items, total } = await moments.listVisible(userId(request), query);
      return { status: 200, body: { items: items.map(momentView), total, ...query } };
    }),
  );

export const listMyMomentsRoute = ({ moments }: Context) =>
  route(exportMyMoments, async ({ query, request }) => {
    const { items, total } = await moments.listOwn(requireUserId(request), query);
    return { status: 200, body: { items: items.map(momentView), total, ...query } };
  });
