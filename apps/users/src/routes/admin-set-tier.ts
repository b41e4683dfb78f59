import { adminSetTier } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const adminSetTierRoute = ({ users, relay }: Context) =>
  route(adminSetTier, async ({ params, body, requestId }) => {
    const user = await users.update(
      params.id,
      { tier: body.tier },
      { action: 'user.tier_changed', actor: 'operator', requestId },
    );
    if (!user) throw await missingUser(users, params.id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
