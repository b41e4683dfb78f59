import { closeAccount } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ownerOf } from '../domain/owner.ts';
import { retryUndone } from '../ledger/retry.ts';

export const closeAccountRoute = ({ closing }: Context) =>
  route(closeAccount, async ({ body }) => {
    const open = await retryUndone(() => closing.close(ownerOf(body)));
    return { status: 200, body: { closed: open !== undefined, open_reservations: open ?? 0 } };
  });
