import { eraseBackendUser } from '@turnpike/contracts';
import { userId } from '@turnpike/downstream-kit';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

export const eraseUserRoute = ({ query }: Context) =>
  route(eraseBackendUser, async ({ body, request }) => {
    // The signature covers the header, not the body: only the user it was made for may be erased with it.
    if (userId(request) !== body.user_id)
      throw new AppError('auth.forbidden', { detail: 'The signed user is another one' });
    const [row] = await query<{ timepoints: number; moments: number }>('SELECT * FROM erase_user($1)', body.user_id);
    return { status: 200, body: { erased: { timepoint: row?.timepoints ?? 0, moment: row?.moments ?? 0 } } };
  });
