import { lookupUser, serviceToken } from '@turnpike/contracts';
import { AppError, isRefusal, route } from '@turnpike/service-kit';
import { noteAccount } from '../../account/stores/accounts.ts';
import type { Context } from '../../context.ts';
import { SessionRefused } from '../../sessions/domain/sessions.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { openRevived } from '../domain/sign-in.ts';
import { createSignInPorts } from '../sign-in-ports.ts';

export const serviceTokenRoute = ({ database, memory, sessions, users }: Context) => {
  const ports = createSignInPorts(database, users, sessions, memory);
  return route(serviceToken, async (call) => {
    const user = await users.call(lookupUser, { query: { ref: call.body.user_id } }).catch(hideWhy);
    // Users made by another service have never signed in.
    await noteAccount(database, user.id, user.tier);
    const session = { userId: user.id, method: 'service', actor: 'operator', client: clientInfoOf(call) } as const;
    const tokens = await openRevived(ports, session).catch(hideWhy);
    return { status: 200, body: tokens.response };
  });
};

/** Unknown, disabled and deleted are one answer. */
function hideWhy(error: unknown): never {
  const absent = error instanceof SessionRefused || isRefusal(error, 'resource.not_found');
  throw absent ? new AppError('resource.not_found', { detail: 'User not found', cause: error }) : error;
}
