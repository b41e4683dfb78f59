import { getUser } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const getUserRoute = ({ users }: Context) =>
  route(getUser, async ({ params }) => {
    const user = await users.byId(params.id);
    if (!user || user.status === 'deleted') throw await missingUser(users, params.id);
    return { status: 200, body: toUserView(user) };
  });
