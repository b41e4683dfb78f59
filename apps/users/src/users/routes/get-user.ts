import { adminGetUser, getUser } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { toUserView } from '../domain/user.ts';
import { findUser } from '../stores/users.ts';
import { missingUser } from './not-found.ts';

/** One user, for services and for operators. */
export const getUserRoutes = ({ database }: Context) =>
  [getUser, adminGetUser].map((endpoint) =>
    route(endpoint, async ({ params }) => {
      const user = await findUser(database, params.id);
      if (!user || user.status === 'deleted') throw await missingUser(database, params.id);
      return { status: 200, body: toUserView(user) };
    }),
  );
