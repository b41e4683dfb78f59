import { deleteSession } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { endSession } from '../stores/sessions.ts';
import { requireSession } from './session-caller.ts';

export const deleteSessionRoute = ({ database, revocations }: Context) =>
  route(deleteSession, async ({ identity, params }) => {
    requireSession(identity);
    const ended = await endSession(database, params.id, identity.userId, 'ended_by_user');
    // Another user's session, an ended one and one that never was are the same answer.
    if (ended.length === 0) throw new AppError('resource.not_found', { detail: 'Session not found' });
    await revocations.announce(ended);
    return { status: 200, body: { detail: 'Session ended' } };
  });
