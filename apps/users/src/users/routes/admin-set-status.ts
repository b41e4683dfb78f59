import { adminSetStatus } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { setUserStatus } from '../change-user.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const adminSetStatusRoute = ({ database, relay }: Context) =>
  route(adminSetStatus, async ({ params, body, requestId }) => {
    const user = await setUserStatus(database, params.id, body.status, {
      action: 'user.status_changed',
      actor: 'operator',
      requestId,
    });
    if (!user) throw await missingUser(database, params.id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
