import { changePassword as endpoint } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { changePassword } from '../change.ts';
import { refusePassword } from './refusals.ts';

export const changePasswordRoute = (context: Context) =>
  route(endpoint, async (call) => {
    const { body, clientAddress, identity } = call;
    const change = {
      userId: identity.userId,
      sessionId: requireSession(identity),
      current: body.current_password,
      code: body.code,
      next: body.new_password,
      clientAddress,
    };
    const ended = await changePassword(context, change, clientInfoOf(call)).catch(refusePassword('new_password'));
    return { status: 200, body: { message: 'Password changed', sessions_ended: ended } };
  });
