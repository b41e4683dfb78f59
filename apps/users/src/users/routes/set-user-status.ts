import { setUserStatus as endpoint } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { setUserStatus } from '../change-user.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const setUserStatusRoute = ({ database, relay }: Context) =>
  route(endpoint, async ({ params, body, caller, requestId }) => {
    const auditEvent = {
      action: 'user.status_changed',
      actor: 'service',
      requestId,
      detail: { caller: caller.name },
    } as const;
    const user = await setUserStatus(database, params.id, body.status, auditEvent);
    if (!user) throw await missingUser(database, params.id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
