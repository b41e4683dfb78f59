import { eraseCredits } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { userOwner } from '../domain/owner.ts';
import { retryUndone } from '../ledger/retry.ts';

export const eraseCreditsRoute = ({ closing }: Context) =>
  route(eraseCredits, async ({ body }) => {
    const erased = await retryUndone(() => closing.erase(userOwner(body.user_id)));
    return { status: 200, body: { erased } };
  });
