import { disableAccount } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { disableOwnersAccount } from '../disabling.ts';

export const disableAccountRoute = ({ database, revocations }: Context) =>
  route(disableAccount, async ({ body }) => {
    await revocations.announce(await disableOwnersAccount(database, body.user_id));
    return { status: 204, body: null };
  });
