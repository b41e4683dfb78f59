import { z } from 'zod';
import { eraseBackendUser } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

const erased = z.object({ timepoints: z.int(), moments: z.int() });

export const eraseUserRoute = ({ database }: Context) =>
  route(eraseBackendUser, async ({ body, request }) => {
    // The signature covers the header, not the body: only the user it was made for may be erased with it.
    if (userId(request) !== body.user_id)
      throw new AppError('auth.forbidden', { detail: 'The signed user is another one' });
    const { timepoints, moments } = await database.one(erased)`SELECT * FROM erase_user(${body.user_id})`;
    return { status: 200, body: { erased: { timepoint: timepoints, moment: moments } } };
  });
