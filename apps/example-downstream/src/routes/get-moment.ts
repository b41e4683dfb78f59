import { clockchainMoment, getMoment } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { momentView } from './views.ts';

/** The one answer for a moment that is not there and for one that is not the caller's to see. */
export function momentNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'Moment not found' });
}

/** One moment, also where the example stands in for Clockchain. */
export const getMomentRoutes = ({ moments }: Context) =>
  [getMoment, clockchainMoment].map((endpoint) =>
    route(endpoint, async ({ params, request }) => {
      const moment = await moments.findVisible(params.path.join('/'), userId(request));
      if (!moment) throw momentNotFound();
      return { status: 200, body: momentView(moment) };
    }),
  );
