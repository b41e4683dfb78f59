import { deleteMe } from '@turnpike/contracts';
import { route, uuidv7 } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { closeAccount } from '../closing.ts';

export const deleteMeRoute = ({ database, memory, relay, revocations }: Context) =>
  route(deleteMe, async ({ identity }) => {
    requireSession(identity);
    const closed = await closeAccount({ database, memory }, identity.userId, uuidv7());
    relay.kick();
    await revocations.announce(closed.revocations);
    return { status: 200, body: { detail: 'Account deleted' } };
  });
