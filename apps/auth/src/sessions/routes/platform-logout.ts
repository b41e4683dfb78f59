import { platformLogout } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { endSession } from '../stores/sessions.ts';
import { requireSession } from './session-caller.ts';

export const platformLogoutRoute = ({ database, revocations }: Context) =>
  route(platformLogout, async ({ identity }) => {
    const ended = await endSession(database, requireSession(identity), identity.userId, 'logout');
    await revocations.announce(ended);
    return { status: 204, body: null };
  });
