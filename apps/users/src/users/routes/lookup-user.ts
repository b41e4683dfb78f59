import { lookupUser } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { mayBeUserId, toUserView } from '../domain/user.ts';
import { findUser, findUserByKey } from '../stores/users.ts';

export const lookupUserRoute = ({ database }: Context) =>
  route(lookupUser, async ({ query: { ref } }) => {
    const byId = mayBeUserId(ref) ? await findUser(database, ref) : undefined;
    const user = byId ?? (await findUserByKey(database, 'external', ref));
    if (user?.status !== 'active') throw new AppError('resource.not_found', { detail: 'User not found' });
    return { status: 200, body: toUserView(user) };
  });
