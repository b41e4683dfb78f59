import { getTimepoint } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { timepointView } from './views.ts';

export const getTimepointRoute = ({ timepoints }: Context) =>
  route(getTimepoint, async ({ params, request }) => {
    const row = await timepoints.find(params.id, userId(request));
    if (!row) throw new AppError('resource.not_found', { detail: 'Timepoint not found' });
    return { status: 200, body: timepointView(row) };
  });
