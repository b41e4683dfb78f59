import { adminGetUser, getUser } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

/** One user, for services and for operators. */
export const getUserRoutes = ({ users }: Context) =>
  [getUser, adminGetUser].map((endpoint) =>
    route(endpoint, async ({ params }) => {
      const user = await users.byId(params.id);
      if (!user || user.status === 'deleted') throw await missingUser(users, params.id);
      return { status: 200, body: toUserView(user) };
    }),
  );
