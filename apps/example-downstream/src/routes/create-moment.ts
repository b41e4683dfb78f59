import { createMoment, type Visibility } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { momentView } from './views.ts';

/**
 * The visibility of a moment: a user's is private and a service's public unless its maker says. Throws 422 for a
 * private one without a creator, which nobody could ever read.
 */
export function visibilityFor(wanted: Visibility | undefined, caller: string | undefined): Visibility {
  const visibility = wanted ?? (caller === undefined ? 'public' : 'private');
  if (visibility === 'private' && caller === undefined) {
    throw new AppError('request.invalid', { detail: 'A private moment needs an X-User-Id' });
  }
  return visibility;
}

export const createMomentRoute = ({ moments }: Context) =>
  route(createMoment, async ({ body, request }) => {
    const createdBy = userId(request);
    const moment = await moments.create({
      path: body.path,
      name: body.name,
      oneLiner: body.one_liner,
      year: body.year ?? null,
      visibility: visibilityFor(body.visibility, createdBy),
      createdBy,
      status: 'completed',
    });
    return { status: 201, body: momentView(moment) };
  });
