import { setUserStatus } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const setUserStatusRoute = ({ users, relay }: Context) =>
  route(setUserStatus, async ({ params, body, caller, requestId }) => {
    const auditEvent = {
      action: 'user.status_changed',
      actor: 'service',
      requestId,
      detail: { caller: caller.name },
    } as const;
    const user = await users.setStatus(params.id, body.status, auditEvent);
    if (!user) throw await missingUser(users, params.id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
