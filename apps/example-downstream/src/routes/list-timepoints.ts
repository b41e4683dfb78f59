import { listMyTimepoints, listTimepoints } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { requireUserId } from './caller.ts';
import { timepointView } from './views.ts';

/** `GET /api/v1/timepoints` and `GET /api/v1/users/me/timepoints` are one list under two names. */
export const listTimepointsRoutes = ({ timepoints }: Context) =>
  [listTimepoints, listMyTimepoints].map((endpoint) =>
    route(endpoint, async ({ query, request }) => {
      const { items, total } = await timepoints.listOf(requireUserId(request), query);
      return { status: 200, body: { items: items.map(timepointView), total, ...query } };
    }),
  );
