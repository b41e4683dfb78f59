import { setMomentVisibility } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { visibilityFor } from './create-moment.ts';
import { momentNotFound } from './get-moment.ts';
import { momentView } from './views.ts';

export const setMomentVisibilityRoute = ({ moments }: Context) =>
  route(setMomentVisibility, async ({ params, body, request }) => {
    const caller = userId(request);
    const path = params.path.join('/');
    const own = await moments.findOwn(path, caller, body.visibility);
    if (!own) {
      // A public moment is no secret, so its existence may be admitted; a private one's may not.
      if (await moments.findVisible(path, caller))
        throw new AppError('auth.forbidden', { detail: 'Only its creator may change a moment' });
      throw momentNotFound();
    }
    const visibility = visibilityFor(body.visibility, caller);
    const moment = own.visibility === visibility ? own : await moments.setVisibility(own.id, visibility);
    return { status: 200, body: momentView(moment) };
  });
