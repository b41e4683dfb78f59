import { eraseAuthData } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { eraseAccount } from '../closing.ts';

export const eraseAuthDataRoute = ({ database, memory, revocations }: Context) =>
  route(eraseAuthData, async ({ body }) => {
    const closed = await eraseAccount({ database, memory }, body.user_id, body.receipt_id);
    await revocations.announce(closed.revocations);
    return { status: 200, body: { erased: closed.erased } };
  });
