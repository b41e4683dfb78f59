import { deleteMe } from '@turnpike/contracts';
import { route, uuidv7 } from '@turnpike/service-kit';
import { closeAccount } from '../account-closing.ts';
import type { Context } from '../context.ts';
import { requireSession } from './session-caller.ts';

export const deleteMeRoute = ({ database, memory, relay, revocations }: Context) =>
  route(deleteMe, async ({ identity }) => {
    requireSession(identity);
    const closed = await closeAccount({ database, memory }, identity.userId, uuidv7());
    relay.kick();
    await revocations.announce(closed.revocations);
    return { status: 200, body: { detail: 'Account deleted' } };
  });
