import { logout } from '@turnpike/contracts';
import { route, sharedAccount } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { endAllSessions, endSession } from '../stores/sessions.ts';
import { requireSession } from './session-caller.ts';

export const logoutRoute = ({ database, revocations, sessions }: Context) =>
  route(logout, async ({ body, identity }) => {
    const own = requireSession(identity);
    const { userId } = identity;
    const end = (sessionId: string) => endSession(database, sessionId, userId, 'logout');
    if (body.all) {
      if (identity.shared) throw sharedAccount();
      await revocations.announce(await endAllSessions(database, userId, 'logout_all'));
    } else {
      const named = body.refresh_token ? sessions.sessionOf(body.refresh_token) : own;
      const ended = named === undefined ? [] : await end(named);
      // A token that names no live session of the caller: whoever asked to be logged out is.
      await revocations.announce(ended.length > 0 ? ended : await end(own));
    }
    return { status: 200, body: { detail: 'Logged out' } };
  });
